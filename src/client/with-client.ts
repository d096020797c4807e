import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { PhasegateError } from '../domain/failures.js';
import { connectClient } from '../temporal/connection.js';

/** How long a run may take to answer: without a worker it never does. */
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Does something with a connected client and closes the connection.
 *
 * @throws PhasegateError `run_not_found`, `temporal_unavailable` (also when no worker answers within 10 s)
 */
export async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectClient();
  try {
    return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => use(client));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new PhasegateError('run_not_found', `there is no run ${error.workflowId}`);
    if (isDeadline(error)) throw new PhasegateError('temporal_unavailable', 'no worker answered within 10 s: is one running on the task queue of the run?');
    throw error;
  } finally {
    await client.connection.close();
  }
}

function isDeadline(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (/DEADLINE_EXCEEDED|deadline exceeded|CANCELLED: Timeout/i.test(cause.message)) return true;
  }
  return false;
}
