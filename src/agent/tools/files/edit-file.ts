import { z } from 'zod';
import { offload } from '../../../offload/offload.js';
import { defineTool, ToolRefusal } from '../agent-tool.js';
import { inTime } from '../in-time.js';
import { readTextFile } from './text-file.js';
import { writeAndReport } from './write-file.js';

/** Replaces text in a file. */
export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replace text in a text file. oldText must be in the file exactly once, unless replaceAll is true. Line ends stay those of the file.',
  shape: {
    path: z.string().describe('file, relative to the workspace'),
    oldText: z.string().min(1).describe('the exact text to replace, with enough around it to be unique'),
    newText: z.string().describe('the text to put there'),
    replaceAll: z.boolean().optional().describe('replace every occurrence, default false'),
  },
  async run({ path, oldText, newText, replaceAll = false }, context) {
    const text = await readTextFile(path, context);
    const edited = await inTime('the edit', offload('editText', text, oldText, newText, replaceAll));
    if ('problem' in edited) throw new ToolRefusal(edited.problem);
    const report = await writeAndReport(path, edited.text, context);
    return edited.changed ? report : `${path} has the new text already; nothing was changed.`;
  },
});
