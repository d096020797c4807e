import type { WorkflowExecutionDescription, WorkflowExecutionStatusName } from '@temporalio/client';

/**
 * A part of a query of Temporal's visibility: executions that are open, also those that somebody has paused in
 * Temporal.
 */
export const IS_OPEN = 'CloseTime IS NULL';

/**
 * Whether an execution may still do something. An execution that is paused in Temporal (`temporal workflow pause`) goes
 * on when it is unpaused.
 */
export function isOpen(status: WorkflowExecutionStatusName): boolean {
  return status === 'RUNNING' || status === 'PAUSED';
}

/**
 * When an execution begins that waits for its start delay or its cron time; null for one that may begin at once.
 */
export function beginsLater({ status, executionTime }: WorkflowExecutionDescription): Date | null {
  return isOpen(status.name) && executionTime !== undefined && executionTime.getTime() > Date.now()
    ? executionTime
    : null;
}

/** Who paused an execution in Temporal and why, in words; null for one that is not paused. */
export function heldBy({ workflowId, status, raw }: WorkflowExecutionDescription): string | null {
  if (status.name !== 'PAUSED') return null;
  const { identity, reason } = raw.workflowExtendedInfo?.pauseInfo ?? {};
  const who = `${identity ? ` by ${identity}` : ''}${reason ? `: ${reason}` : ''}`;
  return `paused in Temporal${who}; temporal workflow unpause --workflow-id ${workflowId} lets it go on`;
}
