import { parseArgs } from 'node:util';
import type { ControlAction } from '../domain/control-signals.js';
import { PhasegateError } from '../domain/failures.js';
import { onlyPositional } from './arguments.js';
import { print } from './output.js';
import { withClient } from './with-client.js';

/** The command that pauses or resumes a run, or helps one whose phase failed: a signal, kept while no worker runs. */
export function control(action: ControlAction): (args: string[]) => Promise<number> {
  return async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { by: { type: 'string' }, comment: { type: 'string' }, 'budget-usd': { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    const workflowId = onlyPositional(positionals, 'workflow id');
    const { by, comment, 'budget-usd': budget } = values;
    if (budget !== undefined && !(Number(budget) > 0)) throw new PhasegateError('input_invalid', `--budget-usd must be a number above 0, found ${budget}`);
    const payload = { by, comment, ...(budget === undefined ? {} : { budgetUsd: Number(budget) }) };
    await withClient((client) => client.workflow.getHandle(workflowId).signal(action, payload));
    print(values.json, { sent: action, workflowId }, `${action} is sent to ${workflowId}; npm run client -- status ${workflowId} shows what became of it`);
    return 0;
  };
}
