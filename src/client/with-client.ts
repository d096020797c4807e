import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { PhasegateError } from '../domain/failures.js';
import { connectClient } from '../temporal/connection.js';
import { lastPoll } from '../temporal/pollers.js';

/** How long a run may take to answer: without a worker it never does. With what is asked afterwards it stays below 10 s. */
const ANSWER_TIMEOUT_MS = 5_000;
const LOOK_TIMEOUT_MS = 2_000;

/**
 * Does something with a connected client and closes the connection.
 *
 * @throws PhasegateError `temporal_unavailable`, also when Temporal does not answer in time
 */
export async function withClient<T>(use: (client: Client) => Promise<T>, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
  const client = await connectClient();
  try {
    return await client.withDeadline(Date.now() + timeoutMs, () => use(client));
  } catch (error) {
    if (isDeadline(error)) throw new PhasegateError('temporal_unavailable', `Temporal did not answer within ${timeoutMs / 1_000} s`);
    throw error;
  } finally {
    await client.connection.close();
  }
}

/**
 * Does something with a run, and says plainly why it can't be done.
 *
 * @param ask - what is done; it needs a worker where it asks the run itself
 * @throws PhasegateError `run_not_found`, `decision_refused` (the run is closed), `worker_unavailable`, `temporal_unavailable`
 */
export async function withRun<T>(workflowId: string, ask: (handle: WorkflowHandle, client: Client) => Promise<T>): Promise<T> {
  const client = await connectClient();
  const handle = client.workflow.getHandle(workflowId);
  try {
    return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => ask(handle, client));
  } catch (error) {
    throw await client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () => explain(error, handle, client)).catch((second: unknown) => (isDeadline(second) ? noTemporal() : second));
  } finally {
    await client.connection.close();
  }
}

async function explain(error: unknown, handle: WorkflowHandle, client: Client): Promise<unknown> {
  const isGone = error instanceof WorkflowNotFoundError;
  if (!isGone && !isDeadline(error)) return error;
  const found = await handle.describe().catch((second: unknown) => (second instanceof WorkflowNotFoundError ? null : Promise.reject(second as Error)));
  if (found === null) return new PhasegateError('run_not_found', `there is no run ${handle.workflowId}`);
  const { status, taskQueue } = found;
  if (isGone) return new PhasegateError('decision_refused', `${handle.workflowId} has ended (${status.name.toLowerCase()}): nothing can be decided any more`);
  return new PhasegateError('worker_unavailable', `${handle.workflowId} did not answer within ${ANSWER_TIMEOUT_MS / 1_000} s: ${await pollText(client, taskQueue)}`);
}

/** What is known of the workers on a task queue, in words. */
export async function pollText(client: Client, taskQueue: string): Promise<string> {
  const polled = await lastPoll(client, taskQueue);
  return polled === null ? `no worker polls the task queue ${taskQueue}` : `the task queue ${taskQueue} was last polled ${Math.round((Date.now() - polled.getTime()) / 1_000)} s ago`;
}

function noTemporal(): PhasegateError {
  return new PhasegateError('temporal_unavailable', 'Temporal does not answer');
}

/** Whether an error says that a deadline has passed. */
export function isDeadline(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (/DEADLINE_EXCEEDED|deadline exceeded|CANCELLED|Timeout/i.test(`${cause.name} ${cause.message}`)) return true;
  }
  return false;
}
