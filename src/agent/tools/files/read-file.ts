import { z } from 'zod';
import { offload } from '../../../offload/offload.js';
import { defineTool } from '../agent-tool.js';
import { inTime } from '../in-time.js';
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
    const whole = await readTextFile(path, context);
    if (whole === '') return '(empty file)';
    const { text, end, count } = await inTime('reading', offload('readLines', whole, offset, limit));
    if (offset >= count) return `[the file has only ${count} lines]`;
    return end < count ? `${text}\n[lines ${offset + 1} to ${end} of ${count}; use offset to read on]` : text;
  },
});
