import type { Client, WorkflowHandle } from '@temporalio/client';
import { PhasegateError } from '../../domain/failures.js';
import { connectClient, temporalSettings } from '../../temporal/connection.js';
import { asTemporalFailure, isNoAnswer } from '../../temporal/grpc-errors.js';
import { explainRun } from './explain-run.js';

/**
 * How long a run may take to answer. Without a worker it never answers. Together with what is asked afterwards it stays
 * below 10 s.
 */
const ANSWER_TIMEOUT_MS = 5_000;
const LOOK_TIMEOUT_MS = 2_000;
/** How long it may take to read a run's whole history. */
export const HISTORY_TIMEOUT_MS = 120_000;

let isTold = false;

/** Says once which Temporal is asked, beside the output, so that nobody decides on another one than they mean. */
function tellPlace(): void {
  if (isTold) return;
  isTold = true;
  const { address, namespace } = temporalSettings();
  process.stderr.write(`Temporal at ${address}, namespace ${namespace}\n`);
}

/**
 * Does something with a connected client and closes the connection.
 *
 * @throws PhasegateError `temporal_unavailable`, also when Temporal does not answer in time; `config_invalid` when it
 *   refuses the caller
 */
export async function withClient<T>(use: (client: Client) => Promise<T>, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
  tellPlace();
  const client = await connectClient();
  try {
    return await client.withDeadline(Date.now() + timeoutMs, () => use(client));
  } catch (error) {
    if (isNoAnswer(error))
      throw new PhasegateError('temporal_unavailable', `Temporal did not answer within ${timeoutMs / 1_000} s`);
    throw asTemporalFailure(error) ?? error;
  } finally {
    await client.connection.close();
  }
}

/**
 * Does something with a run. When that can't be done, the failure says plainly why.
 *
 * @param ask - the work; it needs a worker where it asks the run itself
 * @throws PhasegateError `run_not_found`, `decision_refused` (the run is closed), `run_not_begun`, `run_held`,
 *   `worker_unavailable`, `temporal_unavailable`, `config_invalid`
 */
export async function withRun<T>(
  workflowId: string,
  ask: (handle: WorkflowHandle, client: Client) => Promise<T>,
): Promise<T> {
  tellPlace();
  const client = await connectClient();
  const handle = client.workflow.getHandle(workflowId);
  try {
    return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => ask(handle, client));
  } catch (error) {
    const explaining = client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () =>
      explainRun(error, handle, client, ANSWER_TIMEOUT_MS),
    );
    const why = await explaining.catch((second: unknown) => second);
    throw asTemporalFailure(why) ?? why;
  } finally {
    await client.connection.close();
  }
}
