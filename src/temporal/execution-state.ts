import type { WorkflowExecutionDescription, WorkflowExecutionStatusName } from '@temporalio/client';

/** In a query of Temporal's visibility: executions that are open, those that Temporal holds among them. */
export const IS_OPEN = 'CloseTime IS NULL';

/**
 * Whether an execution may still do something: one that Temporal holds (`temporal workflow pause`) goes on when it is
 * unpaused.
 */
export function isOpen(status: WorkflowExecutionStatusName): boolean {
  return status === 'RUNNING' || status === 'PAUSED';
}

/**
 * When an execution begins that waits for its start delay or its cron time; null where none keeps it from beginning.
 */
export function beginsLater({ status, executionTime }: WorkflowExecutionDescription): Date | null {
  return isOpen(status.name) && executionTime !== undefined && executionTime.getTime() > Date.now()
    ? executionTime
    : null;
}

/** By whom and why Temporal holds an execution, in words; null where it does not. */
export function heldBy({ workflowId, status, raw }: WorkflowExecutionDescription): string | null {
  if (status.name !== 'PAUSED') return null;
  const { identity, reason } = raw.workflowExtendedInfo?.pauseInfo ?? {};
  const who = `${identity ? ` by ${identity}` : ''}${reason ? `: ${reason}` : ''}`;
  return `paused in Temporal${who}; temporal workflow unpause --workflow-id ${workflowId} lets it go on`;
}
