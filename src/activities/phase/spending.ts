import { log } from '@temporalio/activity';
import { keepPatiently } from '../../agent/conversation/keep-patiently.js';
import { addReservations, phaseLimits, type Limits } from '../../domain/money/budget.js';
import type { PhaseTask } from '../../domain/phase-contract.js';
import type { Mirror } from '../../mirror/types.js';
import type { PhaseProgress } from './phase-progress.js';
import type { PhaseRun } from './phase-run.js';
import { threadIdOf } from './thread-id.js';

type Ledger = Pick<Mirror, 'hasReply' | 'recordModelCalls' | 'readSpent'>;

/**
 * Settles what attempts before this one left open. A call whose worker died counts with its worst case. Failed calls
 * that the mirror could not take are recorded. After a reset it looks up what was paid for work that the reset undid.
 */
export async function settleSpending(ledger: Ledger, task: PhaseTask, progress: PhaseProgress): Promise<void> {
  const { run, phase, budget, round } = task;
  const { begun } = progress;
  if (begun && (await ledger.hasReply(run.runId, begun))) progress.replyFound();
  else if (begun) progress.callEnded(begun);
  await ledger.recordModelCalls(run, progress.unrecorded);
  progress.callsRecorded();
  if (run.executionRunId === run.runId) return;
  const threadId = threadIdOf(run, phase.key, round);
  const paid = await ledger.readSpent(run.runId, { phaseKey: phase.key, threadId });
  progress.paidBeforeReset(paid, { run: budget.spent, phase: budget.own });
}

/**
 * Records failed calls that the ledger may not have, before a failure that no attempt follows. While PostgreSQL can't
 * be used, it waits until the run is cancelled. It never fails: the failure that ends the phase counts for more.
 */
export async function keepFailedCalls({ deps: { mirror }, task, progress, cancelled }: PhaseRun): Promise<void> {
  if (progress.unrecorded.length === 0) return;
  const phase = task.phase.key;
  try {
    await keepPatiently(
      () => mirror.recordModelCalls(task.run, progress.unrecorded),
      cancelled,
      (reason) => void log.warn('waits with the ledger of failed calls', { phase, reason }),
    );
    progress.callsRecorded();
  } catch (error) {
    log.warn('failed calls are not in the ledger', { phase, error: String(error) });
  }
}

/** What the agent may still use in its conversation. */
export function limitsOfThread({ task: { budget, phase }, progress }: Pick<PhaseRun, 'task' | 'progress'>): Limits {
  const { failedCalls, undone } = progress;
  const ofRun = addReservations(budget.spent, failedCalls, undone.run);
  const ofPhase = addReservations(budget.own, failedCalls, undone.phase);
  return phaseLimits(budget.limits, ofRun, phaseLimits(phase.budget, ofPhase, NO_LIMITS));
}

const NO_LIMITS: Limits = { microUsd: null, tokens: null };
