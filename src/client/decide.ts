import { parseArgs } from 'node:util';
import type { DecisionAction } from '../domain/gate-decisions.js';
import { onlyPositional } from './arguments.js';
import { withClient } from './with-client.js';

/** The command that sends a decision as a signal: it is kept even while no worker runs (S15). */
export function decide(action: DecisionAction): (args: string[]) => Promise<number> {
  return async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        phase: { type: 'string' },
        gate: { type: 'string' },
        by: { type: 'string' },
        comment: { type: 'string' },
        'artifact-sha256': { type: 'string' },
      },
    });
    const workflowId = onlyPositional(positionals, 'workflow id');
    const { 'artifact-sha256': artifactSha256, ...named } = values;
    await withClient((client) => client.workflow.getHandle(workflowId).signal(action, { ...named, artifactSha256 }));
    process.stdout.write(`${action} is sent to ${workflowId}; npm run client -- status ${workflowId} shows what became of it\n`);
    return 0;
  };
}
