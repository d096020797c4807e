import { makeBranch } from '../worktree/check-out.js';
import { isLeftIn, listCheckouts } from '../worktree/checkouts.js';
import { tipOf } from './branch-tip.js';
import { chooseBranch } from './choose-branch.js';
import { settingNames } from './git.js';
import type { Repository } from './inspect-repository.js';
import { withLockedFolder } from '../confined/locked-folder.js';
import { withRepositoryLock } from './repository-lock.js';
import type { RunFolder } from '../run-folder.js';
import { clearStaleLocks } from './stale-locks.js';
import { readRecord, writeRecord } from '../worktree/worktree-record.js';

export interface ReserveBranch {
  repository: Repository;
  folder: RunFolder;
  workflowId: string;
  runId: string;
  signal?: AbortSignal;
}

/** The branch of a run, and the commit at which it began. */
export interface RunBranch {
  branch: string;
  baseCommit: string;
}

/**
 * Makes the run's folder, and a branch of its own at its base commit. The branch keeps that commit, whatever becomes of
 * the base branch (S07). The first phase that works on the files checks them out, so a run that waits before that needs
 * no disk. It may be called again at any time, and then gives the branch that is there.
 *
 * @throws PhasegateError `workspace_failed`
 */
export async function reserveBranch(request: ReserveBranch): Promise<RunBranch> {
  return withLockedFolder(
    request.folder,
    (root, held) => reserveAlone({ ...request, signal: held }, root),
    request.signal,
  );
}

async function reserveAlone(
  { repository, workflowId, runId, signal }: ReserveBranch,
  root: string,
): Promise<RunBranch> {
  const { commonDir } = repository;
  const record = await readRecord(root);
  if (record?.commonDir === commonDir && (await tipOf(commonDir, record.branch)) !== null)
    return { branch: record.branch, baseCommit: record.baseCommit };

  const baseCommit = record?.baseCommit ?? repository.baseCommit;
  // this is asked before our turn, so that others wait less for theirs
  const settings = await settingNames(commonDir, { gitDir: commonDir, signal });
  const branch = await withRepositoryLock(
    commonDir,
    async (held) => {
      const checkouts = await listCheckouts(commonDir);
      const leftovers = checkouts.filter(isLeftIn(root));
      const others = checkouts.filter((checkout) => !leftovers.includes(checkout));
      const chosen = await chooseBranch({ commonDir, workflowId, runId, record, leftovers, others });
      await writeRecord(root, {
        state: 'reserved',
        gitDir: '',
        ...record,
        runId,
        branch: chosen.branch,
        baseCommit,
        commonDir,
      });
      await clearStaleLocks(commonDir, null, chosen.branch, held);
      if (chosen.tip === null) await makeBranch(commonDir, chosen.branch, baseCommit, settings);
      return chosen.branch;
    },
    signal,
  );
  return { branch, baseCommit };
}

/**
 * The branch of a run that has no worktree here yet. Null where it has or had one, or where somebody deleted the
 * branch.
 *
 * @param root - the run's folder
 * @returns the branch, with its repository and the commit that it is at
 */
export async function readReservation(root: string): Promise<(RunBranch & { commonDir: string; tip: string }) | null> {
  const record = await readRecord(root);
  if (record?.state !== 'reserved') return null;
  const { branch, baseCommit, commonDir } = record;
  const tip = await tipOf(commonDir, branch);
  return tip === null ? null : { branch, baseCommit, commonDir, tip };
}
