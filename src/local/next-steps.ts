import { join } from 'node:path';
import { WORKFLOW_TYPE } from '../domain/names.js';
import type { RunInput } from '../domain/run-input.js';
import { shellQuoted } from './env-file.js';

const EXAMPLE: RunInput = { template: 'feature', repoPath: '/path/to/your/repository', requirements: 'What is to be done.' };

/**
 * The commands to go on with, ready to be pasted into another terminal.
 *
 * @param dir - `.phasegate`
 * @param env - of the stack
 * @param up - whether the stack stays up, or must be brought up again first
 * @param input - of the run to start; an example when left out
 */
export function nextSteps(dir: string, env: Readonly<Record<string, string>>, up: boolean, input: RunInput = EXAMPLE): string {
  const queue = shellQuoted(env.PHASEGATE_TASK_QUEUE ?? '');
  const json = shellQuoted(JSON.stringify(input));
  const first = up ? `Temporal Web: ${env.TEMPORAL_UI_URL}` : 'The stack ends now; npm run dev brings it up again, with this run in it.';
  return `
${first}
To start the next run, in another terminal, in this folder:
  . ${shellQuoted(join(dir, 'env'))}
  npm run client -- start --id my-run --template ${shellQuoted(input.template)} --repo ${shellQuoted(input.repoPath)} --requirements FILE
or, the same with Temporal's own command:
  temporal workflow start --task-queue ${queue} --type ${WORKFLOW_TYPE} --workflow-id my-run --input ${json}
  temporal workflow signal --workflow-id my-run --name approve`;
}
