import { z } from 'zod';
import { defineTool } from '../agent-tool.js';

const LIMIT = 500;

/** Lists one folder. */
export const ls = defineTool({
  name: 'ls',
  description: 'List a folder. Names of folders end in /, of symbolic links in @; files have their size in bytes.',
  shape: { path: z.string().optional().describe('folder, relative to the workspace; default: the workspace itself') },
  async run({ path = '.' }, { folder }) {
    const { entries, truncated } = await folder.list(path, { limit: LIMIT });
    const lines = entries.map(({ name, kind, size }) => {
      if (kind === 'directory') return `${name}/`;
      if (kind === 'symlink') return `${name}@`;
      return kind === 'file' ? `${name}  ${size ?? '?'}` : `${name}  (not a regular file)`;
    });
    if (truncated) lines.push(`[only the first ${entries.length} entries; use glob to find more]`);
    return lines.join('\n') || '(empty)';
  },
});
