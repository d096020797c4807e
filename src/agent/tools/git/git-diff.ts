import { z } from 'zod';
import { readChanges } from '../../../workspace/changes/read-changes.js';
import { readPatch } from '../../../workspace/changes/revisions.js';
import { defineTool } from '../agent-tool.js';
import { changesText } from './changes-text.js';
import { lookAtRepository, PAGE, pageOf, pathsOf, REVISION } from './look.js';

/** The changes in the repository, those included that are not committed yet. */
export const gitDiff = defineTool({
  name: 'git_diff',
  description:
    'Show how the files in repo/ differ now, new and uncommitted ones included, from a revision: a list of files with added and removed lines, and the patch.',
  shape: {
    against: REVISION.optional().describe('begin (of this phase, the default), base (of the run), or a revision'),
    path: z.string().optional().describe('only this file or folder'),
    ...PAGE,
  },
  run: ({ against = 'begin', path, ...page }, context) =>
    lookAtRepository(context, async ({ place, commit, signal, revision }) => {
      const [from, paths] = [await revision(against), pathsOf(path)];
      const changes = await readChanges(place, from, commit, signal, paths);
      if (changes.total.files === 0) return `nothing differs from ${against}`;
      const patch = await pageOf(await readPatch(place, from, commit, paths, signal), page);
      return page.offset ? patch : `${changesText(changes)}\n\n${patch}`;
    }),
});
