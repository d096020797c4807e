import { z } from 'zod';
import { readBlame } from '../../../workspace/changes/revisions.js';
import { defineTool, ToolRefusal } from '../agent-tool.js';
import { lookAtRepository, pageOf, pathsOf, REVISION } from './look.js';

const DEFAULT_LINES = 200;
const MOST_LINES = 1_000;

/** Who wrote which line of a file last. */
export const gitBlame = defineTool({
  name: 'git_blame',
  description: 'Show which commit, author and date changed each line of a file last.',
  shape: {
    path: z.string(),
    revision: REVISION.optional().describe('default: as it is now'),
    offset: z.coerce.number().int().min(0).max(10_000_000).optional().describe('lines to skip'),
    limit: z.coerce.number().int().min(1).optional().describe(`default ${DEFAULT_LINES}`),
  },
  run: ({ path, revision: name, offset = 0, limit = DEFAULT_LINES }, context) =>
    lookAtRepository(context, async ({ place, commit: now, tip, signal, revision }) => {
      const [wanted] = pathsOf(path);
      if (wanted === undefined) throw new ToolRefusal('give the path of a file');
      const commit = name === undefined ? now : await revision(name);
      const result = await readBlame(
        place,
        commit,
        { path: wanted, from: offset + 1, most: Math.min(limit, MOST_LINES) },
        signal,
      );
      const lines = await pageOf(result, { limit });
      const note = name === undefined && now !== tip ? `\n[${now.slice(0, 10)} stands for what is not committed]` : '';
      return `${lines}${note}`;
    }),
});
