import { z } from 'zod';
import { readLog } from '../../../workspace/changes/revisions.js';
import { defineTool } from '../agent-tool.js';
import { lookAtRepository, pageOf, pathsOf, REVISION } from './look.js';

const DEFAULT_COMMITS = 30;
const MOST_COMMITS = 200;

/** The commits before a revision. */
export const gitLog = defineTool({
  name: 'git_log',
  description: 'List commits, the newest first: id, date, author, subject.',
  shape: {
    revision: REVISION.optional().describe('default HEAD'),
    path: z.string().optional(),
    offset: z.coerce.number().int().min(0).max(1_000_000).optional().describe('commits to skip'),
    limit: z.coerce.number().int().min(1).optional().describe(`default ${DEFAULT_COMMITS}`),
  },
  run: ({ revision: name = 'HEAD', path, offset = 0, limit = DEFAULT_COMMITS }, context) =>
    lookAtRepository(context, async ({ place, signal, revision }) => {
      const range = { paths: pathsOf(path), skip: offset, most: Math.min(limit, MOST_COMMITS) };
      const result = await readLog(place, await revision(name), range, signal);
      if (result.text === '') return 'no commits';
      const lines = await pageOf(result, { limit });
      return `${lines}\n[use offset to see older commits, and git_show to see one]`;
    }),
});
