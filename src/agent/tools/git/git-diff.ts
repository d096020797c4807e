import { z } from 'zod';
import { readChanges } from '../../../workspace/changes/read-changes.js';
import { readPatch } from '../../../workspace/changes/revisions.js';
import { defineTool } from '../agent-tool.js';
import { changesText } from './changes-text.js';
import { lookAtRepository, PAGE, pageOf, pathsOf, REVISION } from './look.js';

/** The changes in the repository, those included that are not committed yet. */
export const gitDiff = defineTool({
  name: 'git_diff',
  description: 'Show what differs in repo/ now, uncommitted work included, from a revision: the files, and the patch.',
  shape: {
    against: REVISION.optional().describe('begin (of this phase, the default), base (of the run), or such as HEAD~2'),
    path: z.string().optional(),
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
