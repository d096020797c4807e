import { parseArgs } from 'node:util';
import type { RunStatus } from '../domain/run-status.js';
import { onlyPositional } from './arguments.js';
import { print, statusText } from './output.js';
import { withClient } from './with-client.js';

/** `status W`: where a run stands, answered by the run itself (open or closed). */
export async function status(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean', default: false } } });
  const workflowId = onlyPositional(positionals, 'workflow id');
  const found = await withClient((client) => client.workflow.getHandle(workflowId).query<RunStatus>('status'));
  print(values.json, found, statusText(found));
  return 0;
}
