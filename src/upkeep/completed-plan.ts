import type { Client } from '@temporalio/client';
import { PhasegateError } from '../domain/failures.js';
import type { Plan } from '../domain/plan.js';
import type { RunRef } from '../domain/run-state.js';
import { isJsonObject } from '../domain/text/json.js';
import { readRunHistory, type PastExecution } from '../temporal/run-history.js';
import { planIn } from './earlier-plan.js';

/**
 * The plan of a run that has completed, by Temporal's history. It is not asked whether the run is closed, because a run
 * orders its delivery itself before it closes.
 *
 * @returns the plan, and the run with its newest execution
 * @throws PhasegateError `run_lost`, `run_not_completed`
 */
export async function findCompletedPlan(client: Client, run: RunRef): Promise<{ plan: Plan; run: RunRef }> {
  const executions = await readRunHistory(client, run);
  const newest = executions.at(-1);
  if (!newest) throw new PhasegateError('run_lost', `Temporal has no history of run ${run.runId}`);
  const plan = planIn(executions);
  if (!plan || !hasCompleted(newest))
    throw new PhasegateError('run_not_completed', `run ${run.workflowId} has not completed`);
  return { plan, run: { ...run, executionRunId: newest.executionRunId } };
}

/** Whether an execution has written its report as a completed run. */
function hasCompleted({ activities }: PastExecution): boolean {
  return activities.some(
    ({ type, input, outcome, result }) =>
      type === 'closeRun' &&
      outcome === 'completed' &&
      isJsonObject(input[2]) &&
      input[2].state === 'completed' &&
      !(isJsonObject(result) && typeof result.changed === 'string'),
  );
}
