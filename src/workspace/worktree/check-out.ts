import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkout } from './checkouts.js';
import { tipOf } from '../git/branch-tip.js';
import { diskFailure } from '../disk-failure.js';
import { git } from '../git/git.js';
import { gitIn } from '../git/git-in.js';
import { moveAside } from '../move-aside.js';
import { OWN_NAMES } from '../run-folder.js';
import type { WorktreeRecord } from './worktree-record.js';
import { writeFileAtomically } from '../write-atomically.js';

/** A large repository takes long to check out. The caller limits the time by a signal. */
export const CHECKOUT_LIMIT_MS = 24 * 3_600_000;

/** Makes a branch at a commit. It is not an error when the branch is already there, at that commit. */
export async function makeBranch(
  commonDir: string,
  branch: string,
  baseCommit: string,
  settings: readonly string[],
): Promise<void> {
  try {
    // the empty old value means: only where there is none
    await git(commonDir, ['update-ref', '-m', 'phasegate: run begins', `refs/heads/${branch}`, baseCommit, ''], {
      gitDir: commonDir,
      settings,
    });
  } catch (error) {
    // the git of a killed worker may have been quicker
    if ((await tipOf(commonDir, branch)) !== baseCommit) throw error;
  }
}

/** A worktree that git knows of. It has no files yet, and its folder is not the one in which it will stay. */
export interface AddedWorktree {
  temporary: string;
  /** Its own git directory. */
  gitDir: string;
}

/**
 * Makes git add a worktree, in a folder that no other try ever uses. When a worker is killed, its git lives on for a
 * while. It could write into the next try's worktree, or even remove it, if that had the same name.
 *
 * @param root - real path of the run's folder
 * @param settings - the repository's, from `settingNames`
 */
export async function addWorktree(
  root: string,
  { commonDir, branch, runId }: Pick<WorktreeRecord, 'commonDir' | 'runId'> & { branch: string | { commit: string } },
  settings: readonly string[],
  signal?: AbortSignal,
): Promise<AddedWorktree> {
  const temporary = join(root, OWN_NAMES.temporary, `phasegate-${runId.slice(0, 8)}-${randomUUID().slice(0, 8)}`);
  // forced, because the metadata of an earlier try may still claim the branch
  const at = typeof branch === 'string' ? [temporary, branch] : ['--detach', temporary, branch.commit];
  const args = ['worktree', 'add', '--force', '--no-checkout', ...at];
  await git(commonDir, args, { gitDir: commonDir, settings, signal });
  return { temporary, gitDir: await pointedTo(temporary) };
}

/** Checks the files out, and moves the worktree to its place when it is complete. @param repo - its place */
export async function fillWorktree(
  repo: string,
  { temporary, gitDir }: AddedWorktree,
  signal?: AbortSignal,
): Promise<void> {
  // a step of its own: a repository may have settings (filters) only for worktrees or for branches of runs, and only in
  // such a place can one see which of them apply
  const args = ['reset', '--hard', '--quiet', '--no-recurse-submodules'];
  await gitIn({ repo: temporary, gitDir }, args, { signal, timeoutMs: CHECKOUT_LIMIT_MS });
  try {
    await rename(temporary, repo);
    await writeFileAtomically(join(gitDir, 'gitdir'), `${join(repo, '.git')}\n`, { mode: 0o644 });
  } catch (error) {
    throw diskFailure(error, `the worktree ${repo} cannot be put into place`);
  }
}

/** The git directory that is named in a worktree's `.git` file. Git has just written that file. */
async function pointedTo(worktree: string): Promise<string> {
  try {
    const [, gitDir = ''] = /^gitdir: ([^]+)\n$/.exec(await readFile(join(worktree, '.git'), 'utf8')) ?? [];
    return await realpath(gitDir);
  } catch (error) {
    throw diskFailure(error, `the worktree ${worktree} has no .git file that can be read`);
  }
}

/**
 * Makes room for a new worktree. Only files that no agent has seen yet are deleted.
 *
 * @param neverUsed - whether no agent has seen the files of an earlier try
 */
export async function clearAway(root: string, leftovers: readonly Checkout[], neverUsed: boolean): Promise<void> {
  const repo = join(root, 'repo');
  try {
    if (neverUsed) await rm(repo, { recursive: true, force: true });
    else await moveAside(root, repo);
  } catch (error) {
    throw diskFailure(error, `${repo} cannot be cleared away`);
  }
  // a killed worker's git may still be writing there: then these files stay, and do no harm
  for (const path of [join(root, OWN_NAMES.temporary), ...leftovers.map(({ gitDir }) => gitDir)]) {
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
