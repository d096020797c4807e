import { z } from 'zod';
import { defineTool } from '../agent-tool.js';

/** Deletes a file. */
export const deleteFile = defineTool({
  name: 'delete_file',
  description: 'Delete a file.',
  shape: { path: z.string() },
  run: async ({ path }, { folder }) => `Deleted ${await folder.remove(path)}.`,
});
