import {
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { PhasegateError } from '../../domain/failures.js';
import { WORKFLOW_TYPE } from '../../domain/names.js';
import { beginsLater, heldBy } from '../../temporal/execution-state.js';
import { GRPC, grpcStatusOf, isNoAnswer } from '../../temporal/grpc-errors.js';
import { lastPoll } from '../../temporal/pollers.js';

/**
 * Why a run did not do what it was asked to do. What Temporal knows of it shows the reason.
 *
 * @param error - the error that asking gave
 * @param waitedMs - how long it waited for an answer
 * @returns PhasegateError `run_not_found`, `decision_refused`, `run_not_begun`, `run_held` or `worker_unavailable`;
 *   `error` itself where it says enough
 */
export async function explainRun(
  error: unknown,
  handle: WorkflowHandle,
  client: Client,
  waitedMs: number,
): Promise<unknown> {
  const isGone = error instanceof WorkflowNotFoundError;
  const isRefused = error instanceof QueryRejectedError || grpcStatusOf(error) === GRPC.failedPrecondition;
  if (
    error instanceof PhasegateError ||
    !(isGone || isRefused || isNoAnswer(error) || error instanceof QueryNotRegisteredError)
  )
    return error;
  const { workflowId } = handle;
  const found = await describe(handle);
  if (found === null) return new PhasegateError('run_not_found', `there is no run ${workflowId}`);
  if (found.type !== WORKFLOW_TYPE)
    return new PhasegateError(
      'run_not_found',
      `${workflowId} is not a run of phasegate: its workflow type is ${found.type}`,
    );
  if (isGone)
    return new PhasegateError(
      'decision_refused',
      `${workflowId} has ended (${found.status.name.toLowerCase()}): nothing can be decided any more`,
    );
  const held = heldBy(found);
  if (held !== null) return new PhasegateError('run_held', `${workflowId} is ${held}`);
  const begins = beginsLater(found);
  if (begins !== null) return notBegun(workflowId, begins);
  if (error instanceof QueryNotRegisteredError) return error;
  return new PhasegateError(
    'worker_unavailable',
    `${workflowId} did not answer within ${waitedMs / 1_000} s: ${await pollText(client, found.taskQueue)}`,
  );
}

/** The failure of a run that waits for its start delay. */
function notBegun(workflowId: string, begins: Date): PhasegateError {
  const beginsAt = begins.toISOString();
  return new PhasegateError('run_not_begun', `${workflowId} has not begun: it begins at ${beginsAt}`, { beginsAt });
}

async function describe(handle: WorkflowHandle) {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** What is known of the workers on a task queue, in words. */
export async function pollText(client: Client, taskQueue: string): Promise<string> {
  const polled = await lastPoll(client, taskQueue);
  if (polled === null) return `no worker polls the task queue ${taskQueue}`;
  return `the task queue ${taskQueue} was last polled ${Math.round((Date.now() - polled.getTime()) / 1_000)} s ago`;
}
