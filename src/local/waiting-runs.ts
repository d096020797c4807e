import { printable } from '../client/command-line/printable.js';
import { Client, Connection } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../domain/names.js';
import { shellWord } from '../domain/text/shell-word.js';
import { payloadCodecs } from '../temporal/encryption/payload-codecs.js';
import { IS_OPEN } from '../temporal/execution-state.js';

const MOST = 10;

/** A start does not wait longer for them. */
const LOOK_MS = 5_000;

/**
 * Lines that tell which runs of the stack wait for a decision; none where no run does, or where Temporal does not say
 * it: a start is about something else.
 *
 * @param env - of the stack
 */
export async function waitingRuns(env: Readonly<Record<string, string>>): Promise<string[]> {
  try {
    return await listWaiting(env);
  } catch {
    return [];
  }
}

async function listWaiting(env: Readonly<Record<string, string>>): Promise<string[]> {
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS, connectTimeout: LOOK_MS });
  try {
    const dataConverter = { payloadCodecs: payloadCodecs(env) };
    const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE, dataConverter });
    const query = `WorkflowType = '${WORKFLOW_TYPE}' AND RunGate IS NOT NULL AND ${IS_OPEN}`;
    const lines: string[] = [];
    for await (const { workflowId, searchAttributes } of client.workflow.list({ query, pageSize: MOST + 1 })) {
      if (lines.length === MOST) return [TITLE, ...lines, '  … and more: npm run client -- list --waiting'];
      const gates = (searchAttributes['RunGate'] as string[] | undefined) ?? [];
      lines.push(
        `  ${printable(workflowId)}, at ${printable(gates.join(', '))}: npm run client -- status ${shellWord(printable(workflowId))}`,
      );
    }
    return lines.length === 0 ? [] : [TITLE, ...lines];
  } finally {
    await connection.close();
  }
}

const TITLE = '\nThese runs wait for a decision:';
