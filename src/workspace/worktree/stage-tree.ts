import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { realRoot } from '../confined/held-folder.js';
import { gitIn } from '../git/git-in.js';
import { withLock } from '../git/process-lock.js';
import { clearStaleLocks } from '../git/stale-locks.js';
import { readMade } from '../checked/checked-record.js';
import { inPlaces } from '../checked/in-places.js';
import { leaveOutAdded, leaveOutFiltered, stageEverything } from './stage-changes.js';
import { countUncommitted } from './uncommitted.js';
import { OWN_NAMES, type RunFolder } from '../run-folder.js';
import { openWorktree, type Worktree } from './worktree.js';

/**
 * Stages everything that a commit of the worktree has: neither files that would need a filter, nor what the set-up made
 * and was copied here. The index is left like that.
 *
 * @param worktree - nobody else changes its index meanwhile
 * @returns the tree; null when nothing changed since the commit that the branch is at
 * @throws PhasegateError `workspace_failed`
 */
export async function stageTree(worktree: Worktree, signal: AbortSignal): Promise<string | null> {
  const { commonDir, gitDir, branch, tip: parent } = worktree;
  await clearStaleLocks(commonDir, gitDir, branch, signal);
  await returnToBranch(worktree, signal);
  if (await isClean(worktree, signal)) return null;
  await stageEverything(worktree, parent, signal);
  const made = await readMade(worktree.root);
  if (made.length > 0) await leaveOutAdded(worktree, parent, inPlaces(made), signal);
  if ((await leaveOutFiltered(worktree, parent, signal)) === 0) return null;
  return (await gitIn(worktree, ['write-tree'], { signal })).text;
}

/**
 * The tree that a commit of the run's worktree would have now: the one that checks must run on.
 *
 * @param folder - the run's
 * @throws PhasegateError `workspace_lost`, `workspace_failed`
 */
export async function treeToCommit(
  folder: Pick<RunFolder, 'root'>,
  signal?: AbortSignal,
): Promise<{ worktree: Worktree; tree: string }> {
  const root = await realRoot(folder.root);
  return withLock(
    join(root, OWN_NAMES.lock),
    async (held) => {
      const worktree = await openWorktree({ root });
      return { worktree, tree: (await stageTree(worktree, held)) ?? (await treeOf(worktree, worktree.tip, held)) };
    },
    signal,
  );
}

/** The tree of a commit. */
export async function treeOf(worktree: Worktree, commit: string, signal?: AbortSignal): Promise<string> {
  return (await gitIn(worktree, ['rev-parse', '--verify', `${commit}^{tree}`], { signal })).text;
}

/** Somebody may have switched the worktree to another branch. Its files still count, and go to the run's branch. */
async function returnToBranch(worktree: Worktree, signal: AbortSignal): Promise<void> {
  const ref = `refs/heads/${worktree.branch}`;
  const head = await readFile(join(worktree.gitDir, 'HEAD'), 'utf8').catch(() => '');
  if (head.trim() !== `ref: ${ref}`) await gitIn(worktree, ['symbolic-ref', 'HEAD', ref], { signal });
}

/**
 * Whether there is certainly nothing to commit. Sometimes git can't tell, because of attributes that an agent wrote.
 * Then there may be something.
 */
async function isClean(worktree: Worktree, signal: AbortSignal): Promise<boolean> {
  try {
    return (await countUncommitted(worktree, signal)) === 0;
  } catch (error) {
    if (!(error instanceof PhasegateError) || signal.aborted) throw error;
    return false;
  }
}
