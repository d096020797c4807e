import { z } from 'zod';
import { defineTool, type ToolContext } from './agent-tool.js';

/** Writes a whole file. */
export const writeFile = defineTool({
  name: 'write_file',
  description: 'Write a text file; makes the folders it needs, and replaces the file if it exists.',
  shape: {
    path: z.string().describe('file, relative to the workspace'),
    // models that write JSON files often send the object itself
    content: z.preprocess(asText, z.string()).describe('the whole text of the file'),
  },
  run: ({ path, content }, context) => writeAndReport(path, content, context),
});

/**
 * Writes a file, reports it to the watch, and tells the model.
 *
 * @returns what the model is told
 */
export async function writeAndReport(path: string, content: string, { folder, wrote }: ToolContext): Promise<string> {
  const written = await folder.write(path, content);
  wrote(written.path);
  const note = written.notCommitted === undefined ? '' : ` It will not be committed: ${written.notCommitted}.`;
  return `Wrote ${written.bytes} bytes to ${written.path}${written.replaced ? ' (replaced the old file)' : ''}.${note}`;
}

/** JSON as people read it, with a newline at its end. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function asText(content: unknown): unknown {
  return typeof content === 'object' && content !== null ? prettyJson(content) : content;
}
