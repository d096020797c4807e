import type { WorkflowExecutionDescription } from '@temporalio/client';

/** What Temporal knows of the phase that waits or is under way; undefined when there is none. */
export function pendingPhase({ raw }: WorkflowExecutionDescription) {
  return raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'executePhase');
}
