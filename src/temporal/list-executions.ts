import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../domain/names.js';
import { IS_OPEN } from './execution-state.js';

const PAGE = 100;

/** An execution as Temporal's visibility lists it. */
export interface ListedExecution {
  workflowId: string;
  /** ISO 8601; null while it is open. */
  closedAt: string | null;
}

export interface ExecutionPage {
  executions: ListedExecution[];
  /** Where the next page begins; null after the last. */
  next: string | null;
}

/**
 * A page of the executions on a task queue that have closed and belong to runs. Other task queues may have a mirror of
 * their own.
 *
 * @param since - ISO 8601; null: all that Temporal still knows
 */
export async function listClosed(
  client: Client,
  taskQueue: string,
  since: string | null,
  after: string | null,
): Promise<ExecutionPage> {
  return list(client, taskQueue, since === null ? 'CloseTime IS NOT NULL' : `CloseTime >= '${since}'`, after);
}

/**
 * The same for executions that are open.
 *
 * @param since - ISO 8601: those that began after this time (for a run that was reset, the time of the reset); null:
 *   all
 */
export async function listOpen(
  client: Client,
  taskQueue: string,
  since: string | null,
  after: string | null,
): Promise<ExecutionPage> {
  return list(client, taskQueue, since === null ? IS_OPEN : `${IS_OPEN} AND StartTime >= '${since}'`, after);
}

async function list(client: Client, taskQueue: string, which: string, after: string | null): Promise<ExecutionPage> {
  const queue = taskQueue.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query: `WorkflowType = '${WORKFLOW_TYPE}' AND TaskQueue = '${queue}' AND ${which}`,
    pageSize: PAGE,
    nextPageToken: after === null ? undefined : Buffer.from(after, 'base64'),
  });
  const listed = (executions ?? []).flatMap(({ execution, closeTime }): ListedExecution[] => {
    if (!execution?.workflowId) return [];
    const closedAt = closeTime
      ? new Date(Number(closeTime.seconds ?? 0) * 1_000 + (closeTime.nanos ?? 0) / 1e6).toISOString()
      : null;
    return [{ workflowId: execution.workflowId, closedAt }];
  });
  return { executions: listed, next: nextPageToken?.length ? Buffer.from(nextPageToken).toString('base64') : null };
}
