import { log } from '@temporalio/activity';
import { keepPatiently } from '../../agent/conversation/keep-patiently.js';
import { addReservations, excessOf, phaseLimits, type Limits, type Reservation } from '../../domain/money/budget.js';
import type { ModelCall } from '../../domain/record/model-call.js';
import type { PhaseProgress, PhaseTask } from '../../domain/phase-contract.js';
import { addCall, noUsage, sumUsage } from '../../domain/money/usage.js';
import type { Mirror } from '../../mirror/types.js';
import { threadIdOf } from './thread-id.js';

type Ledger = Pick<Mirror, 'hasReply' | 'recordModelCalls' | 'readSpent'>;

/** Notes a call that has ended, for the attempts to come and for what people see meanwhile. */
export function noteCall(progress: PhaseProgress, call: ModelCall): void {
  progress.inFlight = null;
  progress.usage = addCall(progress.usage, call);
  if (call.status === 'ok') {
    Object.assign(progress, { providerFailingSince: null, badReplies: 0 });
    return;
  }
  progress.failed = addCall(progress.failed, call);
  progress.unrecorded = [...progress.unrecorded, call];
}

/**
 * Settles what attempts before this one left open: a call whose worker died counts with its worst case, and failed
 * calls that the mirror could not take are recorded. After a reset it looks up what was paid for work that the reset
 * undid: history forgets that, the ledger does not.
 */
export async function settleSpending(ledger: Ledger, task: PhaseTask, progress: PhaseProgress): Promise<void> {
  const { run, phase, budget } = task;
  const lost = progress.inFlight;
  // the heartbeat may be older than the reply
  if (lost && !(await ledger.hasReply(run.runId, lost))) noteCall(progress, lost);
  progress.inFlight = null;
  await ledger.recordModelCalls(run, progress.unrecorded);
  progress.unrecorded = [];
  if (run.executionRunId === run.runId) return;
  const paid = await ledger.readSpent(run.runId, { phaseKey: phase.key, threadId: threadIdOf(run, phase.key) });
  const failed = failedCalls(progress);
  progress.undone = {
    run: excessOf(paid.run, addReservations(budget.spent, failed)),
    phase: excessOf(paid.phase, addReservations(budget.own, failed)),
  };
  progress.usage = { ...progress.usage, ...undoneUsage(progress) };
}

/**
 * Records failed calls that the ledger may not have, before a failure with no attempt after it. Waits while PostgreSQL
 * can't be used. Never fails: the failure that ends the phase counts for more.
 *
 * @param signal - ends the waiting
 */
export async function keepFailedCalls(
  ledger: Pick<Ledger, 'recordModelCalls'>,
  { run, phase }: PhaseTask,
  progress: PhaseProgress,
  signal: AbortSignal,
): Promise<void> {
  if (progress.unrecorded.length === 0) return;
  try {
    await keepPatiently(
      () => ledger.recordModelCalls(run, progress.unrecorded),
      signal,
      (reason) => void log.warn('waits with the ledger of failed calls', { phase: phase.key, reason }),
    );
    progress.unrecorded = [];
  } catch (error) {
    log.warn('failed calls are not in the ledger', { phase: phase.key, error: String(error) });
  }
}

/** What the agent may still use in its conversation. */
export function limitsOfThread({ budget: { limits, spent, own }, phase }: PhaseTask, progress: PhaseProgress): Limits {
  const failed = failedCalls(progress);
  const ofRun = addReservations(spent, failed, progress.undone.run);
  const ofPhase = addReservations(own, failed, progress.undone.phase);
  return phaseLimits(limits, ofRun, phaseLimits(phase.budget, ofPhase, NO_LIMITS));
}

const NO_LIMITS: Limits = { microUsd: null, tokens: null };

/**
 * Counts the usage of this execution of the phase anew, from the conversation: it knows every reply, whatever became of
 * heartbeats.
 *
 * @param replies - of this execution: the conversation may have begun in an earlier one, which has told its own
 */
export function recountUsage(progress: PhaseProgress, replies: readonly ModelCall[]): void {
  progress.usage = { ...sumUsage([progress.failed, replies.reduce(addCall, noUsage())]), ...undoneUsage(progress) };
}

/** What counts for calls of this execution of the phase of which no whole reply came. */
export function failedCalls({ failed: { sunkMicroUsd, sunkTokens } }: PhaseProgress): Reservation {
  return { microUsd: sunkMicroUsd, tokens: sunkTokens };
}

function undoneUsage({ undone: { run } }: PhaseProgress) {
  return { undoneMicroUsd: run.microUsd, undoneTokens: run.tokens };
}
