import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { GitView } from '../domain/check/git-view.js';
import { gitView } from '../workspace/git/git-view.js';
import { git } from '../workspace/git/git.js';

/** A checkout that nobody keeps. */
export interface ThrowAwayCheckout {
  /** Absolute path of its files. */
  folder: string;
  /** An empty folder beside it. */
  home: string;
  /** What commands may see of the repository's git folder. */
  git: GitView;
  remove(): Promise<void>;
}

/**
 * Checks a commit out beside the repository's own work tree, which stays as it is. Nothing of the repository is
 * executed.
 *
 * @param parent - an existing folder in which it may lie
 */
export async function throwAwayCheckout(
  { commonDir, baseCommit }: { commonDir: string; baseCommit: string },
  parent: string,
): Promise<ThrowAwayCheckout> {
  const root = await mkdtemp(path.join(parent, 'try-'));
  const [folder, home] = [path.join(root, 'repo'), path.join(root, 'home')];
  const remove = async (): Promise<void> => {
    // only this one: other worktrees may lie on a disk that is away just now
    await git(commonDir, ['worktree', 'remove', '--force', folder], { gitDir: commonDir }).catch(() => undefined);
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await mkdir(home);
    await git(commonDir, ['worktree', 'add', '--detach', folder, baseCommit], { gitDir: commonDir });
    const { text: gitDir } = await git(folder, ['rev-parse', '--absolute-git-dir']);
    return { folder, home, git: await gitView({ gitDir, commonDir }), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
