import { git, type GitOptions, type GitResult } from './git.js';

/** Runs git on a worktree by what is known of it, whatever the `.git` file in its folder says. */
export function gitIn({ repo, gitDir }: { repo: string; gitDir: string }, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  return git(repo, args, { ...options, gitDir, workTree: repo });
}
