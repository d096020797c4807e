import { ApplicationFailure, log } from '@temporalio/activity';
import type { PhaseTask } from '../../domain/phase-contract.js';
import { runFolder, type RunFolder } from '../../workspace/run-folder.js';
import { findNotCommitted, neverCommitted, type NotCommitted } from '../../workspace/worktree/not-committed.js';
import { openWorktree } from '../../workspace/worktree/worktree.js';
import type { ActivityDeps } from '../deps.js';
import { recordPhaseEvents, type EventDraft } from './phase-records.js';
import { mayChangeRepository } from './run-attempt.js';
import { threadIdOf } from './thread-id.js';

const MOST_LISTED = 50;

/**
 * What the agent was told is written and what the commit had to leave out (S10): people must know of it before the
 * folder goes.
 *
 * @param written - files that tools wrote, from the run's folder
 * @throws PhasegateError `workspace_failed`
 */
export async function leftOutOfCommit(
  task: PhaseTask,
  folder: RunFolder,
  attempt: number,
  written: readonly string[],
  signal: AbortSignal,
): Promise<EventDraft[]> {
  if (!mayChangeRepository(task)) return [];
  return eventOf(attempt, await findNotCommitted(await openWorktree(folder), inRepository(written), signal));
}

/**
 * Records what no later commit can have either of an attempt that ended before its commit. Never fails: the failure
 * that ended the attempt counts for more.
 *
 * @param attempt - that ended, offset included
 */
export async function recordLeftOut({ config, mirror }: ActivityDeps, task: PhaseTask, attempt: number): Promise<void> {
  if (!mayChangeRepository(task)) return;
  try {
    const { messages } = await mirror.conversation(task.run, threadIdOf(task.run, task.phase.key)).read();
    const written = messages.flatMap(({ wrote }) => wrote);
    const worktree = await openWorktree(runFolder(config.workspaceRoot, task.run.runId));
    await recordPhaseEvents(mirror, task, eventOf(attempt, await neverCommitted(worktree, inRepository(written))));
  } catch (error) {
    log.warn('what is in no commit could not be recorded', { phase: task.phase.key, error: String(error) });
  }
}

/** Whether a failure ends an attempt at the artifact, or the phase: nothing is committed then. */
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
