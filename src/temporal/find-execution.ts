import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { RunRef, RunEnding } from '../domain/run-state.js';
import { isOpen } from './execution-state.js';

/** What Temporal knows of a run. */
export type Execution =
  | { kind: 'open'; executionRunId: string; startedAt: Date }
  | { kind: 'closed'; executionRunId: string; closedAt: Date; status: ClosedStatus }
  /** It was deleted, or the namespace's retention has passed. */
  | { kind: 'lost' };

type ClosedStatus = WorkflowExecutionDescription['status']['name'];

/**
 * Finds the execution that a run is in now. After a reset the mirror knows an older one, and another run may have the
 * workflow id now.
 */
export async function findExecution(client: Client, run: RunRef): Promise<Execution> {
  const newest = await describe(client, run.workflowId);
  if (newest === null) return { kind: 'lost' };
  if (firstRunId(newest) === run.runId) return toExecution(newest);
  const own = await describe(client, run.workflowId, run.executionRunId);
  return own === null ? { kind: 'lost' } : toExecution(own);
}

/** The newest run with a workflow id; null when Temporal knows none. */
export async function findRunRef(client: Client, workflowId: string): Promise<RunRef | null> {
  const newest = await describe(client, workflowId);
  return newest && { runId: firstRunId(newest), workflowId, executionRunId: newest.runId };
}

/** The id of the run that an execution belongs to. */
export function firstRunId({ runId, raw }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

/** How a closed execution ended, in phasegate's words. */
export async function readEnding(
  client: Client,
  workflowId: string,
  { executionRunId, status }: Extract<Execution, { kind: 'closed' }>,
): Promise<RunEnding> {
  switch (status) {
    case 'COMPLETED':
      return { state: 'completed', error: null };
    case 'TIMED_OUT':
      return {
        state: 'failed',
        error: { code: 'run_timed_out', message: 'the time limit of the workflow has passed' },
      };
    case 'CANCELLED':
      return { state: 'aborted', error: { code: 'run_cancelled', message: 'cancelled' } };
    case 'TERMINATED':
      return {
        state: 'failed',
        error: { code: 'run_terminated', message: await terminatedBy(client, workflowId, executionRunId) },
      };
    default:
      return { state: 'failed', error: await failureOf(client, workflowId, executionRunId) };
  }
}

async function describe(
  client: Client,
  workflowId: string,
  executionRunId?: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(workflowId, executionRunId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function toExecution({ runId, status, startTime, closeTime }: WorkflowExecutionDescription): Execution {
  if (isOpen(status.name)) return { kind: 'open', executionRunId: runId, startedAt: startTime };
  return { kind: 'closed', executionRunId: runId, closedAt: closeTime ?? startTime, status: status.name };
}

async function terminatedBy(client: Client, workflowId: string, runId: string): Promise<string> {
  const { reason, identity } =
    (await closeEvent(client, workflowId, runId))?.workflowExecutionTerminatedEventAttributes ?? {};
  return `terminated${identity ? ` by ${identity}` : ''}${reason ? `: ${reason}` : ''}`;
}

async function failureOf(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<{ code: string; message: string }> {
  const { failure } = (await closeEvent(client, workflowId, runId))?.workflowExecutionFailedEventAttributes ?? {};
  return {
    code: failure?.applicationFailureInfo?.type || 'internal_error',
    message: failure?.message || 'the workflow failed',
  };
}

async function closeEvent(client: Client, workflowId: string, runId: string) {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    historyEventFilterType: proto.temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
  });
  return history?.events?.at(-1);
}
