import type { RunEnding } from '../domain/run-state.js';
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
} from '@temporalio/workflow';
import type { RunResult } from '../domain/run-input.js';
import { isJsonObject } from '../domain/text/json.js';
import { knownUsd } from '../domain/money/show.js';
import { isUsage } from '../domain/money/usage.js';
import { closeRun, requestCancellation } from './activities.js';
import { orderDelivery } from './deliver/order-delivery.js';
import { runFault, runFailure, type RunFailure } from './run-failure.js';
import type { RunParts } from './run-parts.js';
import { signalIntake } from './signal-intake.js';

/**
 * Ends a run in the way that users of Temporal expect: Completed, Failed with the code as type, or Canceled when the
 * run was told to stop, whatever its work ended with. The mirror and the report say the same.
 *
 * @param error - the error that ended its work early; null when all phases are done
 */
export async function endRun(parts: RunParts, error: unknown): Promise<RunResult> {
  const why = error === null ? null : runFailure(error);
  await parts.stop.close();
  if (why === 'cancelled' || parts.stop.requested) return await endCancelled(parts);
  return why === null ? await complete(parts) : await endFailed(parts, why);
}

async function complete(parts: RunParts): Promise<RunResult> {
  parts.log.emit('run_completed');
  const { reportPath, changed } = await close(parts, { state: 'completed', error: null });
  if (changed !== null) return await endRun(parts, runFault('artifact_changed', changed));
  await tellTheRest(parts);
  await orderDelivery(parts.live);
  const { run, template, branch, usage } = parts.live.status;
  return {
    runId: run.runId,
    state: 'completed',
    reportPath,
    template: template ?? '',
    branch,
    costUsd: knownUsd(usage),
    error: null,
  };
}

async function endFailed(parts: RunParts, { code, message, details }: RunFailure): Promise<never> {
  const { kind, phase, attempts, errors } = details;
  parts.live.status.failure = { code, message };
  parts.log.emit('run_failed', { code, kind, message, phase, attempts, errors });
  await close(parts, { state: 'failed', error: { code, message } });
  await tellTheRest(parts);
  throw ApplicationFailure.nonRetryable(message, code, details);
}

async function endCancelled(parts: RunParts): Promise<never> {
  const { aborted } = parts.stop;
  const { by = null, comment = null } = aborted ?? {};
  const reason = aborted ? `aborted${by ? ` by ${by}` : ''}${comment ? `: ${comment}` : ''}` : 'cancelled';
  parts.log.emit('run_aborted', { reason, by, comment });
  await close(parts, { state: 'aborted', error: { code: aborted ? 'run_aborted' : 'run_cancelled', message: reason } });
  // a workflow closes as Canceled only when a cancellation was really requested of it
  if (!parts.stop.cancelRequested)
    await CancellationScope.nonCancellable(() => requestCancellation(parts.live.status.run));
  await tellTheRest(parts);
  throw new CancelledFailure(reason);
}

async function close(
  { live, log }: RunParts,
  ended: RunEnding,
): Promise<{ reportPath: string | null; changed: string | null }> {
  const failed = live.status.phases.findLast(({ state }) => state === 'failed');
  const unfinished = failed && { phaseKey: failed.key, attempt: Math.max(1, failed.attempts) };
  const ending = unfinished ? { ...ended, unfinished } : ended;
  live.end(ending.state);
  return CancellationScope.nonCancellable(async () => {
    live.publish();
    const artifacts = live.artifactsBefore(live.status.phases.length);
    // a person can complete an activity by hand, with anything
    const closed: unknown = await log.writeLast((events) => closeRun(live.status.run, events, ending, artifacts));
    const { reportPath, changed, usage } = isJsonObject(closed) ? closed : {};
    if (isUsage(usage)) live.adoptUsage(usage);
    return {
      reportPath: typeof reportPath === 'string' ? reportPath : null,
      changed: typeof changed === 'string' ? changed : null,
    };
  });
}

/** Somebody who sends messages without end can't keep a run from closing. */
const MAX_ROUNDS = 10;

/**
 * Messages that came while the run closed were ignored, and the record must say so. A notice of its end must arrive.
 */
function tellTheRest({ log, notices }: RunParts): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
      await condition(() => notices.allTold && allHandled());
      if (!(await log.writeAll()) || (log.isEmpty && allHandled())) return;
    }
  });
}

function allHandled(): boolean {
  return allHandlersFinished() && signalIntake.isIdle;
}
