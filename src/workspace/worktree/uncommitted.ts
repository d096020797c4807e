import { readMade } from '../checked/checked-record.js';
import { inPlaces } from '../checked/in-places.js';
import { gitIn } from '../git/git-in.js';
import type { Worktree } from './worktree.js';

/** How many files of a run's worktree differ from the last commit. New ones count, ignored ones don't. */
export async function countUncommitted(worktree: Worktree, signal?: AbortSignal): Promise<number> {
  return (await listChanges(worktree, signal)).length;
}

/** The files of {@link countUncommitted}, as paths from the worktree's folder. */
export async function listChanges(worktree: Worktree, signal?: AbortSignal): Promise<string[]> {
  return (await listUncommitted(worktree, { signal })).changed;
}

/**
 * The files in a run's worktree that are not in its last commit, as paths from the worktree's folder.
 *
 * @param look - `ignored`: also ignored files; when a whole folder is ignored, only the folder
 */
export async function listUncommitted(
  worktree: Worktree,
  look: { signal?: AbortSignal; ignored?: true } = {},
): Promise<{ changed: string[]; ignored: string[] }> {
  // for a look into submodules another git would start there, with settings of theirs
  const args = [
    'status',
    '--porcelain',
    '-z',
    '--untracked-files=all',
    '--no-renames',
    '--ignore-submodules=all',
    ...(look.ignored ? ['--ignored=matching'] : []),
  ];
  const { text } = await gitIn(worktree, args, { signal: look.signal });
  const isMade = inPlaces(await readMade(worktree.root));
  const entries = text.split('\0').filter((entry) => entry !== '');
  const paths = (isIgnored: boolean): string[] =>
    entries
      .filter((entry) => entry.startsWith('!!') === isIgnored)
      // what the set-up made is nobody's work, and can be made again
      .filter((entry) => !isNew(entry) || !isMade(entry.slice('XY '.length)))
      .map((entry) => entry.slice('XY '.length));
  return { changed: paths(false), ignored: paths(true) };
}

function isNew(entry: string): boolean {
  return entry.startsWith('??') || entry.startsWith('!!');
}
