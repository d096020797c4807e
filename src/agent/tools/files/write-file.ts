import { z } from 'zod';
import { isJsonObject } from '../../../domain/text/json.js';
import { defineTool, ToolRefusal, type AgentTool, type ToolContext } from '../agent-tool.js';
import { layOut } from '../lay-out.js';

const writeText = defineTool({
  name: 'write_file',
  description: 'Write a whole text file, with the folders it needs.',
  shape: {
    path: z.string(),
    content: z.string(),
  },
  run: ({ path, content }, context) => writeAndReport(path, content, context),
});

/** Writes a whole file. */
export const writeFile: AgentTool = {
  ...writeText,
  run: async (args, context) => writeText.run(await withText(args, context), context),
};

/** Models that write JSON files often send the value itself. */
async function withText(args: unknown, { given }: ToolContext): Promise<unknown> {
  if (!isJsonObject(args) || typeof args.content !== 'object' || args.content === null) return args;
  return { ...args, content: await layOut(args, given, 'content') };
}

/**
 * Writes a file, tells the watch of it, and tells the model.
 *
 * @returns the text that the model gets
 */
export async function writeAndReport(path: string, content: string, { folder, wrote }: ToolContext): Promise<string> {
  if (path.endsWith('/')) throw new ToolRefusal(`${path} names a folder: give the path of the file`);
  const written = await folder.write(path, content);
  wrote(written.path);
  const note = written.notCommitted === undefined ? '' : ` It will not be committed: ${written.notCommitted}.`;
  return `Wrote ${written.bytes} bytes to ${written.path}${written.replaced ? ' (replaced the old file)' : ''}.${note}`;
}
