import { join } from 'node:path';
import { addWorktree, clearAway, fillWorktree, makeBranch } from './check-out.js';
import { listCheckouts, type Checkout } from './checkouts.js';
import { settingNames } from './git.js';
import { withLock } from './process-lock.js';
import { clearStaleLocks } from './stale-locks.js';
import { writeRecord, type WorktreeRecord } from './worktree-record.js';

/** In the git directory, not beside it: workers with different workspace roots must meet there. */
export const REPOSITORY_LOCK = 'phasegate.lock';

export interface MakeWorktree {
  /** Real path of the run's folder, whose lock the caller holds. */
  root: string;
  commonDir: string;
  /** What is written down of the new worktree, as far as it is known. */
  record: Pick<WorktreeRecord, 'runId' | 'baseCommit' | 'executionRunId'>;
  /** An earlier try did not get as far as showing an agent the files. */
  neverUsed: boolean;
  signal?: AbortSignal;
}

/** The branch that a worktree is made on. */
export interface Wanted {
  branch: string;
  /** The commit that the branch is at; null where it has to be made. */
  tip: string | null;
  /** The commit that it is made at. */
  start: string;
}

/**
 * Makes the worktree of a run in its folder, whatever an earlier try left there. One at a time adds to a repository, so that
 * no two runs take one branch and no git meets another's half-made worktree; files are checked out after that, side by side.
 *
 * @param choose - gets the work trees that the repository has: those in the run's own folder, and the others
 * @returns the branch, and the commit that was checked out
 * @throws PhasegateError `workspace_failed`, and what `choose` throws
 */
export async function makeWorktree(
  request: MakeWorktree,
  choose: (leftovers: readonly Checkout[], others: readonly Checkout[]) => Promise<Wanted>,
): Promise<{ branch: string; tip: string }> {
  const { root, commonDir, record, neverUsed, signal } = request;
  // asked before it is our turn, so that those who wait for theirs wait less
  const settings = await settingNames(commonDir, { gitDir: commonDir, signal });
  const added = await withLock(join(commonDir, REPOSITORY_LOCK), async (held) => {
    const checkouts = await listCheckouts(commonDir);
    const leftovers = checkouts.filter(({ path }) => path?.startsWith(`${root}/`));
    const others = checkouts.filter((checkout) => !leftovers.includes(checkout));
    const { branch, tip, start } = await choose(leftovers, others);
    const preparing = { ...record, state: 'preparing', branch, commonDir, gitDir: '' } as const;
    await clearAway(root, leftovers, neverUsed);
    await writeRecord(root, preparing);
    await clearStaleLocks(commonDir, null, branch, held);
    if (tip === null) await makeBranch(commonDir, branch, start, settings);
    return { ...(await addWorktree(root, preparing, settings, held)), preparing, tip: tip ?? start };
  }, signal);
  await fillWorktree(root, added, signal);
  const { preparing, gitDir, tip } = added;
  await writeRecord(root, { ...preparing, state: 'ready', gitDir, tip });
  return { branch: preparing.branch, tip };
}
