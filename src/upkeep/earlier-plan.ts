import type { Client } from '@temporalio/client';
import { isPlan } from '../domain/activity-results.js';
import type { Plan } from '../domain/plan.js';
import type { RunRef } from '../domain/run-state.js';
import { readRunHistory, type PastExecution } from '../temporal/run-history.js';

/**
 * The plan that a run had before a reset (S06). A reset to before the first phase goes back to before the plan: it is
 * made within the same workflow task. The run must not get other gates, personas, another branch or another base commit.
 *
 * @returns null for a run that was not reset, for one that was never planned, or where Temporal no longer has the
 *   history of the execution before
 */
export async function findEarlierPlan(client: Client, run: RunRef): Promise<Plan | null> {
  if (run.executionRunId === run.runId) return null;
  return planIn(await readRunHistory(client, run));
}

/** The plan of a run, as the histories of its executions have it; null where it was never planned. */
export function planIn(executions: readonly PastExecution[]): Plan | null {
  const plans = executions.flatMap(({ activities }) => activities.filter(({ type }) => type === 'planRun'));
  return plans.map(({ result }) => result).findLast(isPlan) ?? null;
}
