import { git } from './git.js';
import { readRef } from './read-ref.js';

/** The commit that a branch is at; null when there is no such branch. */
export async function tipOf(commonDir: string, branch: string): Promise<string | null> {
  // to start a git holds the worker's thread for milliseconds (measured), and most branches that are asked for moved
  // lately, or are new
  const known = await readRef(commonDir, `refs/heads/${branch}`);
  if (known !== undefined) return known;
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`];
  const { code, text } = await git(commonDir, args, { gitDir: commonDir, okCodes: [0, 1] });
  return code === 0 ? text : null;
}
