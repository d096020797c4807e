import { CancellationScope, CancelledFailure, ApplicationFailure } from '@temporalio/workflow';
import type { RunEnding } from '../domain/activity-contract.js';
import type { RunResult } from '../domain/run-input.js';
import { isJsonObject } from '../domain/json.js';
import { toUsd } from '../domain/usage.js';
import { closeRun, requestCancellation } from './activities.js';
import { failure, runFailure } from './failure.js';
import type { RunParts } from './run-parts.js';

/** Ends a run that did all its phases. */
export async function complete(parts: RunParts): Promise<RunResult> {
  parts.log.emit('run_completed');
  const { reportPath, changed } = await close(parts, { state: 'completed', error: null });
  if (changed !== null) return endEarly(parts, failure('artifact_changed', changed, null));
  const { run, template, branch, usage } = parts.model.status;
  return {
    runId: run.runId,
    state: 'completed',
    reportPath,
    template: template ?? '',
    branch,
    costUsd: toUsd(usage.costMicroUsd),
    error: null,
  };
}

/**
 * Ends a run that could not do all its phases, in the way Temporal's people expect: Failed with the code as type, or
 * Canceled. Whatever happens, the mirror and the report say the same.
 */
export async function endEarly(parts: RunParts, error: unknown): Promise<never> {
  const why = runFailure(error);
  if (why === 'cancelled') return endCancelled(parts);
  const { code, message, details } = why;
  parts.model.status.failure = { code, message };
  parts.log.emit('run_failed', { code, kind: details.kind, message, phase: details.phase, attempts: details.attempts, errors: details.errors });
  await close(parts, { state: 'failed', error: { code, message } });
  throw ApplicationFailure.nonRetryable(message, code, details);
}

async function endCancelled(parts: RunParts): Promise<never> {
  const { abort } = parts.decisions;
  const reason = abort ? `aborted${abort.by ? ` by ${abort.by}` : ''}${abort.comment ? `: ${abort.comment}` : ''}` : 'cancelled';
  parts.log.emit('run_aborted', { reason, by: abort?.by ?? null, comment: abort?.comment ?? null });
  await close(parts, { state: 'aborted', error: { code: abort ? 'run_aborted' : 'run_cancelled', message: reason } });
  await CancellationScope.nonCancellable(async () => {
    const root = CancellationScope.current().parent;
    // a workflow closes as Canceled only when a cancellation was really requested of it
    if (!root?.consideredCancelled) await requestCancellation(parts.model.status.run);
  });
  throw new CancelledFailure(reason);
}

async function close({ model, log, decisions }: RunParts, ending: RunEnding): Promise<{ reportPath: string | null; changed: string | null }> {
  decisions.end();
  model.status.state = ending.state;
  model.status.openGates = [];
  model.status.waitsFor = null;
  return CancellationScope.nonCancellable(async () => {
    model.publish();
    await log.settle();
    // a person can complete an activity by hand, with anything
    const closed: unknown = await closeRun(model.status.run, log.take(), ending, model.artifactsBefore(model.status.phases.length));
    const { reportPath, changed } = isJsonObject(closed) ? closed : {};
    return { reportPath: typeof reportPath === 'string' ? reportPath : null, changed: typeof changed === 'string' ? changed : null };
  });
}
