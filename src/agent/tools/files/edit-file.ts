import { z } from 'zod';
import { offload } from '../../../offload/offload.js';
import type { Edit } from '../../../offload/lines/edit-text.js';
import { defineTool, ToolRefusal } from '../agent-tool.js';
import { inTime } from '../in-time.js';
import { readTextFile } from './text-file.js';
import { writeAndReport } from './write-file.js';

const MOST_EDITS = 100;

const OLD = z.string().min(1);

/** Replaces text in a file. */
export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replace text in a file. oldText: the exact text, without line numbers, that is in the file once, or replaceAll. All edits are made, or none.',
  shape: {
    path: z.string(),
    oldText: OLD.optional(),
    newText: z.string().optional(),
    replaceAll: z.boolean().optional(),
    edits: z
      .array(z.object({ oldText: OLD, newText: z.string(), replaceAll: z.boolean().optional() }))
      .optional()
      .describe('several at once, each on the file as it is now'),
  },
  async run({ path, oldText, newText, replaceAll, edits = [] }, context) {
    const all: Edit[] = [...edits];
    if (oldText !== undefined) {
      if (newText === undefined) throw new ToolRefusal('newText is missing; to delete oldText, give an empty text');
      all.unshift({ oldText, newText, replaceAll });
    }
    if (all.length === 0) throw new ToolRefusal('give oldText and newText, or edits');
    if (all.length > MOST_EDITS)
      throw new ToolRefusal(`${all.length} edits are too many; a call may have ${MOST_EDITS}`);
    const file = await readTextFile(path, context);
    const edited = await inTime('the edit', offload('editText', file.text, all, context.isRepeated === true));
    if ('problem' in edited)
      throw new ToolRefusal(all.length > 1 ? `nothing was changed. ${edited.problem}` : edited.problem);
    const report = await writeAndReport(file.path, edited.text, context);
    return edited.changed
      ? `${report}\n${edited.shown}`
      : `${file.path} has the new text already; nothing was changed.`;
  },
});
