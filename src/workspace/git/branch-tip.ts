import { git } from './git.js';

/** The commit that a branch is at; null when there is no such branch. */
export async function tipOf(commonDir: string, branch: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`];
  const { code, text } = await git(commonDir, args, { gitDir: commonDir, okCodes: [0, 1] });
  return code === 0 ? text : null;
}
