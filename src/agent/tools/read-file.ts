import { z } from 'zod';
import { defineTool } from './agent-tool.js';
import { readTextFile } from './text-file.js';

const DEFAULT_LINES = 500;
const MAX_LINES = 2_000;

/** Reads lines of a text file. */
export const readFile = defineTool({
  name: 'read_file',
  description: 'Read a text file, or some lines of it.',
  shape: {
    path: z.string().describe('file, relative to the workspace'),
    offset: z.coerce.number().int().min(0).optional().describe('lines to skip, default 0'),
    limit: z.coerce.number().int().min(1).max(MAX_LINES).optional().describe(`lines to read, default ${DEFAULT_LINES}`),
  },
  async run({ path, offset = 0, limit = DEFAULT_LINES }, context) {
    const text = await readTextFile(path, context);
    if (text === '') return '(empty file)';
    const lines = text.split('\n');
    const end = Math.min(offset + limit, lines.length);
    if (offset >= lines.length) return `[the file has only ${lines.length} lines]`;
    const more = end < lines.length ? `\n[lines ${offset + 1} to ${end} of ${lines.length}; use offset to read on]` : '';
    return lines.slice(offset, end).join('\n') + more;
  },
});
