import { activityInfo, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Activities } from '../domain/activity-contract.js';
import { WORKFLOW_TYPE } from '../domain/names.js';
import type { ReopenedRun } from '../domain/reconcile.js';
import type { RunSummary } from '../domain/report-facts.js';
import { isTerminal } from '../domain/run-state.js';
import { findExecution } from '../temporal/find-execution.js';
import type { ActivityDeps } from './deps.js';
import { asApplicationFailure } from './temporal-failure.js';

const PAGE = 100;

/**
 * Finds runs that are open in Temporal and ended in the mirror. A reset run is one until its first new event; nothing is
 * changed, since that event puts the mirror right.
 */
export function createFindReopenedRuns({ mirror }: ActivityDeps): Activities['findReopenedRuns'] {
  return async ({ after, settleMs }) => {
    try {
      const { client } = Context.current();
      const { workflowIds, next } = await listOpen(client, after);
      const suspects = (await mirror.newestRuns(workflowIds)).filter((run) => hasEndedLongAgo(run, settleMs));
      const reopened: ReopenedRun[] = [];
      for (const { runId, workflowId, executionRunId, state } of suspects) {
        Context.current().heartbeat();
        const execution = await findExecution(client, { runId, workflowId, executionRunId });
        if (execution.kind === 'open' && Date.now() - execution.startedAt.getTime() >= settleMs) reopened.push({ runId, workflowId, mirrorState: state });
      }
      return { reopened, next };
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}

/** The open runs of this task queue: others may have a mirror of their own. */
async function listOpen(client: Client, after: string | null): Promise<{ workflowIds: string[]; next: string | null }> {
  const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query: `WorkflowType = '${WORKFLOW_TYPE}' AND TaskQueue = '${activityInfo().taskQueue}' AND ExecutionStatus = 'Running'`,
    pageSize: PAGE,
    nextPageToken: after === null ? undefined : Buffer.from(after, 'base64'),
  });
  const workflowIds = (executions ?? []).flatMap(({ execution }) => (execution?.workflowId ? [execution.workflowId] : []));
  return { workflowIds, next: nextPageToken?.length ? Buffer.from(nextPageToken).toString('base64') : null };
}

function hasEndedLongAgo({ state, endedAt }: RunSummary, settleMs: number): boolean {
  return isTerminal(state) && endedAt !== null && Date.now() - Date.parse(endedAt) >= settleMs;
}
