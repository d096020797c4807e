import { z } from 'zod';
import { defineTool, ToolRefusal } from './agent-tool.js';
import { readTextFile } from './text-file.js';
import { writeAndReport } from './write-file.js';

/** Replaces text in a file. */
export const editFile = defineTool({
  name: 'edit_file',
  description: 'Replace text in a text file. oldText must be in the file exactly once, unless replaceAll is true.',
  shape: {
    path: z.string().describe('file, relative to the workspace'),
    oldText: z.string().min(1).describe('the exact text to replace, with enough around it to be unique'),
    newText: z.string().describe('the text to put there'),
    replaceAll: z.boolean().optional().describe('replace every occurrence, default false'),
  },
  async run({ path, oldText, newText, replaceAll = false }, context) {
    const text = await readTextFile(path, context);
    const edited = editText(text, oldText, newText, replaceAll);
    const report = await writeAndReport(path, edited.text, context);
    return edited.changed ? report : `${path} has the new text already; nothing was changed.`;
  },
});

/**
 * Replaces `oldText`. An edit that was made before (the step was killed before its end was recorded) is recognised by the
 * new text in place of the old, and not made again; an edit that could not be recognised is refused.
 *
 * @throws ToolRefusal when the old text is not there, or not unique, or would be there again
 */
export function editText(text: string, oldText: string, newText: string, replaceAll: boolean): { text: string; changed: boolean } {
  if (oldText === newText) throw new ToolRefusal('oldText and newText are the same');
  const found = text.split(oldText).length - 1;
  if (found === 0) {
    if (newText !== '' && text.includes(newText)) return { text, changed: false };
    throw new ToolRefusal('oldText is not in the file; read the file again');
  }
  if (!isLeft(text, oldText, newText)) return { text, changed: false };
  if (found > 1 && !replaceAll) throw new ToolRefusal(`oldText is in the file ${found} times; make it longer, or set replaceAll`);
  const edited = text.split(oldText).join(newText);
  if (isLeft(edited, oldText, newText)) {
    throw new ToolRefusal('after the edit oldText would be in the file again; put more of the surrounding text into it');
  }
  return { text: edited, changed: true };
}

/** Whether old text is left that is not itself part of new text. */
function isLeft(text: string, oldText: string, newText: string): boolean {
  const rest = newText.includes(oldText) ? text.replaceAll(newText, '\0') : text;
  return rest.includes(oldText);
}
