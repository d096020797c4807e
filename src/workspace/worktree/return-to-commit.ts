import { join } from 'node:path';
import { CHECKOUT_LIMIT_MS } from './check-out.js';
import { gitIn } from '../git/git-in.js';
import { withLock } from '../git/process-lock.js';
import { OWN_NAMES } from '../run-folder.js';
import { stageEverything } from './stage-changes.js';
import { clearStaleLocks } from '../git/stale-locks.js';
import { openWorktree, type Worktree } from './worktree.js';
import { noteTip, readRecord, writeRecord } from './worktree-record.js';

export interface ReturnToCommit {
  /** The run's folder. */
  root: string;
  runId: string;
  /** The execution that goes on. After a reset it is another one than before. */
  executionRunId: string;
  /** Commit that the branch had at that point of history. */
  head: string;
  signal?: AbortSignal;
}

/** The commit from which the branch was moved, and the ref that keeps the files of that time. */
export interface Returned {
  from: string;
  keptAs: string;
}

/** Whether the worktree still holds the state of an execution that was reset. */
export async function isBehindReset({
  root,
  runId,
  executionRunId,
}: Pick<ReturnToCommit, 'root' | 'runId' | 'executionRunId'>): Promise<boolean> {
  return ((await readRecord(root))?.executionRunId ?? runId) !== executionRunId;
}

/**
 * After a reset, brings the run's branch and worktree back to where history has them. Later work, also files that
 * nobody committed, is kept under a ref of the repository. It may be repeated until {@link noteReturned}, and then
 * gives the same.
 *
 * @returns null when there was no later work
 * @throws PhasegateError `workspace_lost`, `workspace_failed`
 */
export async function returnToCommit(request: ReturnToCommit): Promise<Returned | null> {
  const worktree = await openWorktree({ root: request.root });
  return withLock(
    join(worktree.root, OWN_NAMES.lock),
    async (held) => {
      const returned = await moveBack(worktree, request, held);
      await noteTip(worktree.root, request.head);
      return returned;
    },
    request.signal,
  );
}

/** Notes that the folder now holds the state of this execution. */
export async function noteReturned({
  root,
  executionRunId,
}: Pick<ReturnToCommit, 'root' | 'executionRunId'>): Promise<void> {
  const record = await readRecord(root);
  if (record) await writeRecord(root, { ...record, executionRunId });
}

async function moveBack(
  worktree: Worktree,
  { runId, executionRunId, head }: ReturnToCommit,
  signal: AbortSignal,
): Promise<Returned | null> {
  const { commonDir, gitDir, branch } = worktree;
  const ref = `refs/heads/${branch}`;
  await clearStaleLocks(commonDir, gitDir, branch, signal);
  await gitIn(worktree, ['symbolic-ref', 'HEAD', ref], { signal });
  const { text: tip } = await gitIn(worktree, ['rev-parse', ref], { signal });
  const keptAs = `refs/phasegate/${runId}/before-${executionRunId}`;
  const here = await snapshot(worktree, tip, signal);
  // an earlier try may have kept it, and may have been killed before it was done
  const kept = await gitIn(worktree, ['rev-parse', '--verify', '--quiet', keptAs], { okCodes: [0, 1], signal });
  if (kept.code !== 0 && here === head) return null;
  const from = kept.code === 0 ? kept.text : here;
  if (kept.code !== 0) await gitIn(worktree, ['update-ref', '-m', 'phasegate: reset', keptAs, from], { signal });
  await gitIn(worktree, ['read-tree', '--reset', '-u', head], { signal, timeoutMs: CHECKOUT_LIMIT_MS });
  await gitIn(worktree, ['update-ref', '-m', 'phasegate: reset', ref, head, tip], { signal });
  return { from, keptAs };
}

/** A commit with everything that the worktree holds. It is the tip itself when everything is committed. */
export async function snapshot(worktree: Worktree, tip: string, signal: AbortSignal): Promise<string> {
  await stageEverything(worktree, tip, signal);
  const { text: tree } = await gitIn(worktree, ['write-tree'], { signal });
  if (tree === (await gitIn(worktree, ['rev-parse', `${tip}^{tree}`], { signal })).text) return tip;
  const message = 'phasegate: what was not committed when the run went on elsewhere\n';
  return (await gitIn(worktree, ['commit-tree', tree, '-p', tip, '-F', '-'], { input: message, signal })).text;
}
