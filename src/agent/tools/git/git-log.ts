import { z } from 'zod';
import { readLog } from '../../../workspace/changes/revisions.js';
import { defineTool } from '../agent-tool.js';
import { lookAtRepository, pageOf, pathsOf, REVISION } from './look.js';

const DEFAULT_COMMITS = 30;
const MOST_COMMITS = 200;

/** The commits before a revision. */
export const gitLog = defineTool({
  name: 'git_log',
  description: 'List commits of the repository, the newest first: id, date, author, subject.',
  shape: {
    revision: REVISION.optional().describe('the newest commit to list, default HEAD, the last commit of the run'),
    path: z.string().optional().describe('only commits that changed this file or folder'),
    offset: z.coerce.number().int().min(0).max(1_000_000).optional().describe('commits to skip, default 0'),
    limit: z.coerce.number().int().min(1).max(MOST_COMMITS).optional().describe(`default ${DEFAULT_COMMITS}`),
  },
  run: ({ revision: name = 'HEAD', path, offset = 0, limit = DEFAULT_COMMITS }, context) =>
    lookAtRepository(context, async ({ place, signal, revision }) => {
      const range = { paths: pathsOf(path), skip: offset, most: limit };
      const result = await readLog(place, await revision(name), range, signal);
      if (result.text === '') return 'no commits';
      const lines = await pageOf(result, { limit });
      return `${lines}\n[use offset to see older commits, and git_show to see one]`;
    }),
});
