import { inPlaces } from '../../workspace/checked/in-places.js';

/**
 * The paths that a tree has at, above or below a place of what the set-up made. To put such a tree into the worktree of
 * the checks would take away what the set-up made, and a check would then be red at the base commit, too.
 *
 * @param made - by the set-up: see `SetUpDone`
 * @param changed - paths that differ between the commit on which the set-up ran, which has no such path, and the tree
 *   that is to be committed
 */
export function takenPlaces(made: readonly string[], changed: readonly string[]): string[] {
  if (made.length === 0 || changed.length === 0) return [];
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
