import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import { isPlan } from '../domain/activity-results.js';
import type { Plan } from '../domain/plan.js';
import type { RunResult } from '../domain/run-input.js';
import { planRun } from './activities.js';
import { complete, endEarly } from './closing.js';
import { failure } from './failure.js';
import { runPhases } from './phases.js';
import { startParts, type RunParts } from './run-parts.js';

/** Largest input that is handed on to an activity: above Temporal's 2 MiB the workflow task would hang. */
const MAX_INPUT_BYTES = 1.5 * 1024 * 1024;

/**
 * A run: plan, then phase by phase with their gates, then the report (S01, S08).
 *
 * @param input - one JSON object, see `schemas/run-input.schema.json`; anything else fails the run at once with a code
 * @returns where the run ended and where its report lies; a run that doesn't complete closes as Failed or Canceled
 */
export async function agentRun(input: unknown): Promise<RunResult> {
  const parts = startParts();
  try {
    // a scope of its own, so that an abort can end the work while the closing still goes on
    await CancellationScope.cancellable(async () => {
      const scope = CancellationScope.current();
      parts.decisions.onAbort = () => scope.cancel();
      const plan = await makePlan(parts, input);
      await runPhases(parts, plan);
      // applied in the very task in which the last gate passed: there was nothing left to cancel
      if (parts.decisions.abort) throw new CancelledFailure('aborted');
    });
  } catch (error) {
    return await endEarly(parts, error);
  }
  return await complete(parts);
}

async function makePlan(parts: RunParts, input: unknown): Promise<Plan> {
  const { model, log } = parts;
  log.emit('run_created');
  const size = new TextEncoder().encode(JSON.stringify(input) ?? '').length;
  if (size > MAX_INPUT_BYTES) {
    throw failure('input_too_large', `the input is ${size} bytes of JSON, the limit is ${MAX_INPUT_BYTES}`, null);
  }
  const created = log.next();
  const plan: unknown = await planRun(model.status.run, input ?? null, created);
  if (!isPlan(plan)) throw failure('internal_error', 'planRun gave back something that is no plan', null);
  if (plan.recorded === true) log.drop(created);
  parts.plan = plan;
  model.adopt(plan);
  log.emit('run_started', { template: `${plan.template.name}@${plan.template.version}`, templateHash: plan.template.hash });
  model.publish();
  return plan;
}
