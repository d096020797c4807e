import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { deliveryId } from '../domain/deliver/deliver.js';
import { readRunHistory, type PastExecution } from './run-history.js';

/** The deliveries of a run, as far as Temporal still knows them, oldest first. Each is a workflow of its own. */
export async function readDeliveries(client: Client, runId: string): Promise<PastExecution[]> {
  const workflowId = deliveryId(runId);
  const ids = new Set<string>();
  for await (const { runId: id } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) ids.add(id);
  const newest = await newestOf(client, workflowId);
  const older = [...ids].filter((id) => id !== newest).reverse();
  const found: PastExecution[] = [];
  // a list may lag
  for (const id of newest === null ? older : [...older, newest])
    found.push(...(await readRunHistory(client, { runId: id, workflowId, executionRunId: id })));
  return found;
}

async function newestOf(client: Client, workflowId: string): Promise<string | null> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).runId;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
