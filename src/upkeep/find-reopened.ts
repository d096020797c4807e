import type { Activities } from '../domain/activity-contract.js';
import type { ReopenedRun } from '../domain/record/reconcile.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import { isTerminal } from '../domain/run-state.js';
import { findExecution } from '../temporal/find-execution.js';
import { listOpen } from '../temporal/list-executions.js';
import type { UpkeepSurroundings } from './close-ended-run.js';

type Page = Parameters<Activities['findReopenedRuns']>[0];
type Found = Awaited<ReturnType<Activities['findReopenedRuns']>>;

/**
 * Finds runs that are open in Temporal but have an end in the mirror. A run that was reset is one of them until its
 * first new event. Nothing is changed, because that event puts the mirror right.
 */
export async function findReopened(
  { client, mirror, taskQueue, alive }: Pick<UpkeepSurroundings, 'client' | 'mirror' | 'taskQueue' | 'alive'>,
  { after, settleMs, openedSince }: Page,
): Promise<Found> {
  const { executions, next } = await listOpen(client, taskQueue, openedSince, after);
  const workflowIds = executions.map(({ workflowId }) => workflowId);
  const suspects = (await mirror.newestRuns(workflowIds)).filter((run) => hasEndedLongAgo(run, settleMs));
  const reopened: ReopenedRun[] = [];
  for (const { runId, workflowId, executionRunId, state } of suspects) {
    alive();
    const execution = await findExecution(client, { runId, workflowId, executionRunId });
    if (execution.kind === 'open' && Date.now() - execution.startedAt.getTime() >= settleMs)
      reopened.push({ runId, workflowId, mirrorState: state });
  }
  return { reopened, next };
}

function hasEndedLongAgo({ state, endedAt }: RunSummary, settleMs: number): boolean {
  return isTerminal(state) && endedAt !== null && Date.now() - Date.parse(endedAt) >= settleMs;
}
