import { git, isContentBlind, settingNames, type GitOptions, type GitResult } from './git.js';

/** The facts that are known of a worktree. */
interface Place {
  repo: string;
  gitDir: string;
  /** Another index than its own, and a folder for new objects. */
  scratch?: Pick<GitOptions, 'indexFile' | 'objects' | 'extra'>;
}

const known = new WeakMap<Place, Promise<readonly string[]>>();

/**
 * Runs git on a worktree by the facts that are known of it, whatever the `.git` file in its folder says. The settings
 * of its repository are looked up once for each `place`. A `place` is an object that is made for one operation and not
 * kept afterwards.
 */
export async function gitIn(place: Place, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const all = { ...options, ...place.scratch, gitDir: place.gitDir, workTree: place.repo };
  return git(place.repo, args, isContentBlind(args) ? all : { ...all, settings: await settingsOf(place, all) });
}

async function settingsOf(place: Place, options: GitOptions): Promise<readonly string[]> {
  const names = known.get(place) ?? settingNames(place.repo, options);
  known.set(place, names);
  try {
    return await names;
  } catch (error) {
    known.delete(place);
    throw error;
  }
}
