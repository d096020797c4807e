import { z } from 'zod';
import { memberText, prettyJson } from '../../domain/text/rewrite-json.js';
import { defineTool, type ToolContext } from './agent-tool.js';
import { layOut } from './lay-out.js';

/** Writes a whole file. */
export const writeFile = defineTool({
  name: 'write_file',
  description: 'Write a text file; makes the folders it needs, and replaces the file if it exists.',
  shape: {
    path: z.string().describe('file, relative to the workspace'),
    // models that write JSON files often send the object itself
    content: z.preprocess(asText, z.string()).describe('the whole text of the file'),
  },
  run: async ({ path, content }, context) => {
    const own = context.given ? memberText(context.given, 'content') : undefined;
    const text = own === undefined || own.startsWith('"') ? content : await layOut(null, own, null);
    return writeAndReport(path, text ?? content, context);
  },
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

function asText(content: unknown): unknown {
  return typeof content === 'object' && content !== null ? prettyJson(JSON.stringify(content)) : content;
}
