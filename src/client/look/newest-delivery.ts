import { ApplicationFailure, WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { deliveryId, type Delivered } from '../../domain/deliver/deliver.js';
import { printable } from '../command-line/printable.js';

/** How the newest delivery of a run stands, for people: one line; null where there was none. */
export async function newestDelivery(client: Client, runId: string): Promise<string | null> {
  const handle = client.workflow.getHandle(deliveryId(runId));
  try {
    if ((await handle.describe()).status.name === 'RUNNING') return 'delivery: under way';
    const { sha, remote, pullRequest, checks } = (await handle.result()) as Delivered;
    const where = pullRequest ? `pull request ${pullRequest.number}, ${printable(pullRequest.url)}` : printable(remote);
    return `delivered: ${where}, commit ${sha.slice(0, 12)}${checks ? `, checks of the forge: ${checks.state}` : ''}`;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const code = cause instanceof ApplicationFailure && cause.type ? `${cause.type}: ` : '';
    return `delivery failed: ${code}${printable(cause?.message ?? error.message, 500)}`;
  }
}
