import { sleep } from '@temporalio/workflow';
import * as workflows from '../../src/workflows/index.js';

/** The workflow with a timer before it, and no `patched` around that: what a replay test must catch. */
export async function agentRun(input: unknown): Promise<unknown> {
  await sleep('1s');
  return workflows.agentRun(input);
}
