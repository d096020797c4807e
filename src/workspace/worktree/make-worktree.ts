import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { addWorktree, clearAway, fillWorktree, makeBranch } from './check-out.js';
import { isLeftIn, listCheckouts } from './checkouts.js';
import { tipOf } from '../git/branch-tip.js';
import { git, settingNames } from '../git/git.js';
import { findRepository } from '../git/inspect-repository.js';
import { withLockedFolder } from '../confined/locked-folder.js';
import { nullIfLost } from '../lost-folder.js';
import { withRepositoryLock } from '../git/repository-lock.js';
import type { RunFolder } from '../run-folder.js';
import { clearStaleLocks } from '../git/stale-locks.js';
import { refuseInUse } from './branch-hold.js';
import { readRecord, writeRecord, type WorktreeRecord } from './worktree-record.js';

/** What history knows of a run's worktree. */
export interface MakeWorktree {
  folder: RunFolder;
  runId: string;
  /** The execution that goes on. */
  executionRunId: string;
  /** The path as the person gave it. */
  repoPath: string;
  branch: string;
  baseCommit: string;
  /** Commit that the branch had when the phase began. Later ones may be on it. */
  head: string;
  signal?: AbortSignal;
}

/**
 * Makes the worktree of a run where there is none that can be used: for the run's first phase, on another worker's
 * disk, or after somebody removed it. It is on the run's own branch. Files that are in the way are moved away, unless
 * an earlier try made them and no agent has seen them. Files that nobody committed are lost. It may be called again at
 * any time, also after it was killed half way. The person's checkout, index, HEAD and branches stay as they are.
 *
 * @returns the commit that was checked out
 * @throws PhasegateError `workspace_lost` when the repository or the run's commits are gone, `branch_in_use`,
 *   `workspace_failed`
 */
export async function makeWorktree(request: MakeWorktree): Promise<string> {
  return withLockedFolder(
    request.folder,
    (root, held) => makeAlone({ ...request, signal: held }, root),
    request.signal,
  );
}

async function makeAlone(request: MakeWorktree, root: string): Promise<string> {
  const { runId, executionRunId, branch, baseCommit, head, signal } = request;
  const before = await readRecord(root).catch(nullIfLost);
  const commonDir = await repositoryOf(before, request);
  await refuseInUse(commonDir, branch, runId);
  const tip = await tipOf(commonDir, branch);
  if (tip !== head) await checkCommits(commonDir, { branch, head, tip }, signal);
  // a reset that was not carried out yet is carried out later: see returnToCommit
  const isReturned =
    executionRunId === runId ||
    tip === null ||
    (tip === head && before?.state !== 'reserved') ||
    (await hasRef(commonDir, `refs/phasegate/${runId}/before-${executionRunId}`, signal));
  const preparing = {
    state: 'preparing',
    runId,
    branch,
    baseCommit,
    commonDir,
    gitDir: '',
    ...(isReturned ? { executionRunId } : {}),
  } as const;
  // this is asked before our turn, so that others wait less for theirs
  const settings = await settingNames(commonDir, { gitDir: commonDir, signal });
  const leftovers = (await listCheckouts(commonDir)).filter(isLeftIn(root));
  const begin = async (): Promise<void> => {
    await clearAway(root, leftovers, before?.state === 'preparing');
    await writeRecord(root, preparing);
  };
  // others wait meanwhile, so as little as possible is done here
  if (leftovers.length === 0) await begin();
  // only one at a time adds a worktree to a repository, so that no git meets another's half-made worktree; after that
  // files are checked out side by side
  const added = await withRepositoryLock(
    commonDir,
    async (held) => {
      if (leftovers.length > 0) await begin();
      await clearStaleLocks(commonDir, null, branch, held);
      if (tip === null) await makeBranch(commonDir, branch, head, settings);
      return addWorktree(root, preparing, settings, held);
    },
    signal,
  );
  await fillWorktree(join(root, 'repo'), added, signal);
  await writeRecord(root, { ...preparing, state: 'ready', gitDir: added.gitDir, tip: tip ?? head });
  return tip ?? head;
}

/** The place that this worker noted when it planned the run, or the place that the run's path leads to. */
async function repositoryOf(
  before: WorktreeRecord | null,
  { repoPath, branch, signal }: MakeWorktree,
): Promise<string> {
  if (before?.branch === branch && existsSync(before.commonDir)) return before.commonDir;
  return findRepository(repoPath, signal).catch((error: unknown) => {
    throw new PhasegateError(
      'workspace_lost',
      `there is no worktree of the run, and its repository ${repoPath} is gone`,
      {},
      { cause: error },
    );
  });
}

async function checkCommits(
  commonDir: string,
  { branch, head, tip }: { branch: string; head: string; tip: string | null },
  signal: AbortSignal | undefined,
): Promise<void> {
  const known = await git(commonDir, ['cat-file', '-e', `${head}^{commit}`], {
    gitDir: commonDir,
    okCodes: [0, 1, 128],
    signal,
  });
  if (known.code !== 0)
    throw new PhasegateError(
      'workspace_lost',
      `there is no worktree of the run, and its repository no longer has the commit ${head}`,
    );
  if (tip === null || (await isAncestor(commonDir, head, tip, signal))) return;
  throw new PhasegateError(
    'workspace_lost',
    `there is no worktree of the run, and its branch ${branch} was moved to ${tip}, which does not contain ${head}`,
  );
}

async function hasRef(commonDir: string, ref: string, signal: AbortSignal | undefined): Promise<boolean> {
  return (
    (await git(commonDir, ['rev-parse', '--verify', '--quiet', ref], { gitDir: commonDir, okCodes: [0, 1], signal }))
      .code === 0
  );
}

async function isAncestor(
  commonDir: string,
  ancestor: string,
  commit: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return (
    (
      await git(commonDir, ['merge-base', '--is-ancestor', ancestor, commit], {
        gitDir: commonDir,
        okCodes: [0, 1],
        signal,
      })
    ).code === 0
  );
}
