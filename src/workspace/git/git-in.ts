import { git, isContentBlind, settingNames, type GitOptions, type GitResult } from './git.js';

/** A worktree by what is known of it. */
interface Place {
  repo: string;
  gitDir: string;
}

const known = new WeakMap<Place, Promise<readonly string[]>>();

/**
 * Runs git on a worktree by what is known of it, whatever the `.git` file in its folder says. What its repository sets
 * is looked up once for each `place`: an object that is made for an operation, and not kept after it.
 */
export async function gitIn(place: Place, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const all = { ...options, gitDir: place.gitDir, workTree: place.repo };
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
