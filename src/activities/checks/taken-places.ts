import { changedPaths } from '../../workspace/changes/changed-paths.js';
import { inPlaces } from '../../workspace/checked/in-places.js';
import type { Worktree } from '../../workspace/worktree/worktree.js';

/**
 * The paths that a tree has at, above or below a place of what the set-up made. To put such a tree into the worktree of
 * the checks would take away what the set-up made, and a check would then be red at the base commit, too.
 *
 * @param made - by the set-up: see `SetUpDone`
 * @param base - commit on which the set-up ran: it has no such path
 * @param tree - the one that is to be committed
 */
export async function takenPlaces(
  made: readonly string[],
  { gitDir }: Worktree,
  base: string,
  tree: string,
  signal: AbortSignal,
): Promise<string[]> {
  if (made.length === 0) return [];
  const changed = await changedPaths({ gitDir }, base, tree, signal);
  if (changed.length === 0) return [];
  // with a slash a file's place, too, stands for what a tree has below it
  const isIn = inPlaces([...made, ...made.filter((place) => !place.endsWith('/')).map((place) => `${place}/`)]);
  const known = new Set(changed);
  const taken = new Set(changed.filter(isIn));
  for (const place of made)
    for (let end = place.indexOf('/'); end >= 0; end = place.indexOf('/', end + 1)) {
      const above = place.slice(0, end);
      if (known.has(above)) taken.add(above);
    }
  return [...taken].sort();
}
