import { join } from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import { tipOf } from './choose-branch.js';
import { git } from './git.js';
import { realRoot } from './held-folder.js';
import { findRepository } from './inspect-repository.js';
import { makeWorktree } from './make-worktree.js';
import { withLock } from './process-lock.js';
import { createRunFolder, OWN_NAMES, type RunFolder } from './run-folder.js';

/** What history knows of a run's worktree. */
export interface RestoreWorktree {
  folder: RunFolder;
  runId: string;
  /** The execution that goes on. */
  executionRunId: string;
  /** As the person gave it. */
  repoPath: string;
  branch: string;
  baseCommit: string;
  /** Commit that the branch had when the phase began: later ones may be on it. */
  head: string;
  signal?: AbortSignal;
}

/**
 * Makes the folder of a run again where it is missing or damaged, with a worktree on the run's own branch: on another worker's
 * disk, or after somebody removed it. What stands in the way is moved aside. Files that nobody committed are lost.
 *
 * @returns the commit that was checked out
 * @throws PhasegateError `workspace_lost` when the repository or the run's commits are gone, `workspace_failed`
 */
export async function restoreWorktree(request: RestoreWorktree): Promise<string> {
  const { folder, repoPath, signal } = request;
  const commonDir = await findRepository(repoPath, signal).catch((error: unknown) => {
    throw new PhasegateError('workspace_lost', `the folder of the run is gone, and so is its repository ${repoPath}`, {}, { cause: error });
  });
  await createRunFolder(folder);
  const root = await realRoot(folder.root);
  return withLock(join(root, OWN_NAMES.lock), (held) => restoreAlone({ ...request, signal: held }, root, commonDir), signal);
}

async function restoreAlone({ runId, executionRunId, branch, baseCommit, head, signal }: RestoreWorktree, root: string, commonDir: string): Promise<string> {
  const known = await git(commonDir, ['cat-file', '-e', `${head}^{commit}`], { gitDir: commonDir, okCodes: [0, 1, 128], signal });
  if (known.code !== 0) throw new PhasegateError('workspace_lost', `the folder of the run is gone, and its repository no longer has the commit ${head}`);
  const tip = await tipOf(commonDir, branch);
  if (tip !== null && !(await isAncestor(commonDir, head, tip, signal))) {
    throw new PhasegateError('workspace_lost', `the folder of the run is gone, and its branch ${branch} was moved to ${tip}, which does not contain ${head}`);
  }
  // a reset that was not carried out here yet is carried out later: see returnToCommit
  const isReturned = executionRunId === runId || tip === null || tip === head || (await hasRef(commonDir, `refs/phasegate/${runId}/before-${executionRunId}`, signal));
  const record = { runId, baseCommit, ...(isReturned ? { executionRunId } : {}) };
  const made = await makeWorktree({ root, commonDir, record, neverUsed: false, signal }, async () => ({ branch, tip, start: head }));
  return made.tip;
}

async function hasRef(commonDir: string, ref: string, signal: AbortSignal | undefined): Promise<boolean> {
  return (await git(commonDir, ['rev-parse', '--verify', '--quiet', ref], { gitDir: commonDir, okCodes: [0, 1], signal })).code === 0;
}

async function isAncestor(commonDir: string, ancestor: string, commit: string, signal: AbortSignal | undefined): Promise<boolean> {
  return (await git(commonDir, ['merge-base', '--is-ancestor', ancestor, commit], { gitDir: commonDir, okCodes: [0, 1], signal })).code === 0;
}
