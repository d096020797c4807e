import { basename } from 'node:path';
import { z } from 'zod';
import { defineTool } from '../agent-tool.js';

/** Moves a file. */
export const moveFile = defineTool({
  name: 'move_file',
  description: 'Move or rename a file; nothing may be at the new path.',
  shape: { from: z.string(), to: z.string() },
  async run({ from, to }, { folder, wrote }) {
    // as `mv` takes it: into the folder
    const moved = await folder.move(from, to.endsWith('/') ? `${to}${basename(from)}` : to);
    wrote(moved.to);
    const note = moved.notCommitted === undefined ? '' : ` It will not be committed: ${moved.notCommitted}.`;
    return `Moved ${moved.from} to ${moved.to}.${note}`;
  },
});
