import { Context } from '@temporalio/activity';
import type { RunRef } from '../domain/run-state.js';

/** Cancels the run's own execution, so that an aborted run closes as Canceled, not as Failed. */
export async function requestCancellation({ workflowId, executionRunId }: RunRef): Promise<void> {
  await Context.current().client.workflow.getHandle(workflowId, executionRunId).cancel();
}
