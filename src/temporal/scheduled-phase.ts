import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { PhaseTask } from '../domain/phase-contract.js';
import { pendingPhase } from './pending-phase.js';
import { readValues } from './run-history.js';

const SCHEDULED = proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED;
/** More than came into history with it; where signals stand behind it, what they wrote took its events along. */
const NEWEST_EVENTS = 10;

/** One execution of a run. */
export interface ExecutionRef {
  workflowId: string;
  executionRunId: string;
}

/**
 * The phase that an execution waits for, as its history has it.
 *
 * @returns null when it waits for none: it has begun or ended meanwhile, as the run may have, or never came into
 *   history
 */
export async function readScheduledPhase(
  client: Client,
  { workflowId, executionRunId }: ExecutionRef,
): Promise<PhaseTask | null> {
  try {
    const described = await client.workflow.getHandle(workflowId, executionRunId).describe();
    // Temporal goes on to list the activities of an execution that was terminated
    const waits = described.closeTime === undefined && pendingPhase(described)?.state === SCHEDULED;
    return waits ? await readNewestPhase(client, workflowId, executionRunId) : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function readNewestPhase(client: Client, workflowId: string, runId: string): Promise<PhaseTask | null> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: NEWEST_EVENTS,
  });
  const newest = history?.events?.find(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'executePhase',
  );
  const [task] = readValues(newest?.activityTaskScheduledEventAttributes?.input);
  return (task as PhaseTask | undefined) ?? null;
}
