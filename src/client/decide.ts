import { parseArgs } from 'node:util';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { DecisionAction } from '../domain/gate-decisions.js';
import { PhasegateError } from '../domain/failures.js';
import { onlyPositional } from './arguments.js';
import { print } from './output.js';
import { withClient } from './with-client.js';

const OPTIONS = {
  phase: { type: 'string' },
  gate: { type: 'string' },
  by: { type: 'string' },
  comment: { type: 'string' },
  'artifact-sha256': { type: 'string' },
  signal: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

interface Answer {
  applied: boolean;
  message: string;
}

/**
 * The command for a decision (S15): an update, so that the run itself answers whether it counts. With `--signal` it is a
 * signal, which is kept while no worker runs, and whose effect `status` shows.
 */
export function decide(action: DecisionAction): (args: string[]) => Promise<number> {
  return async (args) => {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
    const workflowId = onlyPositional(positionals, 'workflow id');
    const { phase, gate, by, comment, 'artifact-sha256': artifactSha256 } = values;
    const payload = { phase, gate, by, comment, artifactSha256 };
    const answer = values.signal ? await sendSignal(workflowId, action, payload) : await sendUpdate(workflowId, { action, ...payload });
    print(values.json, answer, answer.message);
    return 0;
  };
}

async function sendSignal(workflowId: string, action: string, payload: object): Promise<Answer> {
  await withClient((client) => client.workflow.getHandle(workflowId).signal(action, payload));
  return { applied: false, message: `${action} is sent to ${workflowId}; npm run client -- status ${workflowId} shows what became of it` };
}

async function sendUpdate(workflowId: string, payload: object): Promise<Answer> {
  try {
    return await withClient((client) => client.workflow.getHandle(workflowId).executeUpdate<Answer, [object]>('decide', { args: [payload] }));
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw new PhasegateError('decision_refused', error.cause?.message ?? error.message);
  }
}
