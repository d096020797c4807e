import { ApplicationFailure, log } from '@temporalio/activity';
import { findNotCommitted, neverCommitted, type NotCommitted } from '../../workspace/worktree/not-committed.js';
import { openWorktree } from '../../workspace/worktree/worktree.js';
import { recordPhaseEvents, type EventDraft } from './phase-records.js';
import type { PhaseRun } from './phase-run.js';

const MOST_LISTED = 50;

/**
 * Finds the files that the agent was told are written, but that the commit had to leave out (S10). People must know of
 * them before the folder is removed.
 *
 * @param written - files that tools wrote, as paths from the run's folder
 * @throws PhasegateError `workspace_failed`
 */
export async function leftOutOfCommit(
  { folder, attempt, mayChangeRepository }: PhaseRun,
  written: readonly string[],
  signal: AbortSignal,
): Promise<EventDraft[]> {
  if (!mayChangeRepository) return [];
  return eventOf(attempt, await findNotCommitted(await openWorktree(folder), inRepository(written), signal));
}

/**
 * When an attempt ended before its commit, records the files that no later commit can have either. It never fails: the
 * failure that ended the attempt counts for more.
 *
 * @param attempt - the one that ended, offset included
 */
export async function recordLeftOut(run: PhaseRun, attempt: number): Promise<void> {
  const { deps, task, folder, threadId } = run;
  if (!run.mayChangeRepository) return;
  try {
    const { messages } = await deps.mirror.conversation(task.run, threadId).read();
    const written = messages.flatMap(({ wrote }) => wrote);
    const worktree = await openWorktree(folder);
    await recordPhaseEvents(run, eventOf(attempt, await neverCommitted(worktree, inRepository(written))));
  } catch (error) {
    log.warn('what is in no commit could not be recorded', { phase: task.phase.key, error: String(error) });
  }
}

/** Whether a failure ends an attempt at the artifact, or the phase. In both cases nothing is committed. */
export function endsAttempt(failure: unknown, before: number, after: number): boolean {
  return failure instanceof ApplicationFailure && (after !== before || failure.nonRetryable === true);
}

function eventOf(attempt: number, left: readonly NotCommitted[]): EventDraft[] {
  if (left.length === 0) return [];
  const files = left.slice(0, MOST_LISTED).map(({ path, why }) => ({ path, why }));
  return [{ type: 'files_not_committed', attempt, payload: { files, more: left.length - files.length } }];
}

function inRepository(written: readonly string[]): string[] {
  return written.filter((path) => path.startsWith('repo/')).map((path) => path.slice('repo/'.length));
}
