import { workflowInfo } from '@temporalio/workflow';
import { isPlan } from '../domain/activity-results.js';
import { chainFault, isLaterInChain } from '../domain/chain-rules.js';
import type { Plan } from '../domain/plan.js';
import { budgetPayload } from '../domain/record/events.js';
import type { RunResult } from '../domain/run-input.js';
import { planRun } from './activities.js';
import { endRun } from './closing.js';
import { runFault } from './run-failure.js';
import { runPhases } from './phases/run-phases.js';
import { startParts, type RunParts } from './run-parts.js';

/** Largest input that is handed on to an activity. Above Temporal's 2 MiB the workflow task would hang. */
const MAX_INPUT_BYTES = 1.5 * 1024 * 1024;

/**
 * A run: the plan, then each phase with its gates, then the report (S01, S08).
 *
 * @param input - one JSON object, see `schemas/run-input.schema.json`; anything else fails the run at once with a code
 * @returns where the run ended and where its report is; a run that doesn't complete closes as Failed or Canceled
 */
export async function agentRun(input: unknown): Promise<RunResult> {
  // the first refusal is recorded; a cron schedule starts others for ever, and those leave nothing but their failure
  if (isLaterInChain(workflowInfo())) checkChain();
  const parts = startParts();
  const error: unknown = await parts.stop
    .work(() => work(parts, input))
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  return await endRun(parts, error);
}

async function work(parts: RunParts, input: unknown): Promise<void> {
  parts.stop.check();
  checkChain();
  await runPhases(parts, await makePlan(parts, input));
}

/**
 * @throws ApplicationFailure `chain_not_supported` when a cron schedule or a retry policy starts one execution after
 * another
 */
function checkChain(): void {
  const fault = chainFault(workflowInfo());
  if (fault !== null) throw runFault('chain_not_supported', fault);
}

/**
 * The size in bytes. A value that can be read may be nested too deeply to be written: an error here would fail the
 * workflow task for ever.
 */
function jsonSizeOf(input: unknown): number {
  // as JSON it has a field for each byte
  if (ArrayBuffer.isView(input)) throw runFault('input_invalid', 'the input is bytes, not JSON', null);
  try {
    return new TextEncoder().encode(JSON.stringify(input) ?? '').length;
  } catch (error) {
    throw runFault('input_invalid', `the input can't be handed on: ${String(error)}; it is nested too deeply`, null);
  }
}

async function makePlan(parts: RunParts, input: unknown): Promise<Plan> {
  const { live, log } = parts;
  const size = jsonSizeOf(input);
  if (size > MAX_INPUT_BYTES) {
    throw runFault('input_too_large', `the input is ${size} bytes of JSON, the limit is ${MAX_INPUT_BYTES}`);
  }
  const plan: unknown = await planRun(live.status.run, input ?? null);
  if (!isPlan(plan)) throw runFault('internal_error', 'planRun gave back something that is not a plan');
  live.adopt(plan);
  const { name, version, hash } = plan.template;
  const { state, budget } = live.status;
  log.emit('run_started', { template: `${name}@${version}`, templateHash: hash, state, ...budgetPayload(budget) });
  live.publish();
  return plan;
}
