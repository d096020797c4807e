import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { FailureCode } from '../domain/failures.js';
import { WORKFLOW_TYPE } from '../domain/names.js';

export { agentRun } from './agent-run.js';
export { deliverRun } from './deliver/deliver-run.js';
export { reconcileRuns } from './reconcile-runs.js';

/** Catches every workflow type that doesn't exist. Without it, the first workflow task would be tried for ever. */
export default async function unknownWorkflowType(): Promise<never> {
  const code: FailureCode = 'unknown_workflow_type';
  throw ApplicationFailure.nonRetryable(
    `there is no workflow type ${JSON.stringify(workflowInfo().workflowType)}; start ${WORKFLOW_TYPE}`,
    code,
  );
}
