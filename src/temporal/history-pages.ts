import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type proto from '@temporalio/proto';
import { GRPC, grpcStatusOf } from './grpc-errors.js';

export type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

/** Events in a page. Each may have 2 MiB, so a page stays below the 128 MiB of one message, and takes little memory. */
const PAGE_EVENTS = 50;

/**
 * The events of an execution, page by page: a history may have 50 MB.
 *
 * @param runId - without it, the newest execution
 * @throws WorkflowNotFoundError where Temporal does not have it, or no longer has it
 */
export async function* historyPages(
  client: Client,
  workflowId: string,
  runId?: string,
): AsyncGenerator<readonly HistoryEvent[]> {
  const request = {
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: PAGE_EVENTS,
  };
  for (let nextPageToken: Uint8Array | undefined; ;) {
    const page = await client.workflowService
      .getWorkflowExecutionHistory({ ...request, nextPageToken })
      .catch((error: unknown) => {
        if (grpcStatusOf(error) === GRPC.notFound)
          throw new WorkflowNotFoundError(`there is no history of ${workflowId}`, workflowId, runId);
        throw error;
      });
    yield page.history?.events ?? [];
    if (!page.nextPageToken?.length) return;
    nextPageToken = page.nextPageToken;
  }
}
