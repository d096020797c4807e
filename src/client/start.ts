import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { readConfig } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import { WORKFLOW_TYPE } from '../domain/names.js';
import type { RunInput } from '../domain/run-input.js';
import { print } from './output.js';
import { withClient } from './with-client.js';

const OPTIONS = {
  template: { type: 'string' },
  repo: { type: 'string' },
  requirements: { type: 'string' },
  base: { type: 'string' },
  id: { type: 'string' },
  objective: { type: 'string' },
  'budget-usd': { type: 'string' },
  override: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `usage: npm run client -- start --template NAME --repo PATH --requirements FILE
  --base BRANCH        branch to start from (main)
  --id WORKFLOW_ID     the run's name; made from the template and the time when it is not given
  --objective TEXT     a title for people
  --budget-usd NUMBER  no model call is started once this is spent
  --override ROLE=PERSONA   another persona for a role; may be given again
  --json               print the ids as JSON`;

/** `start`: starts a run and gives its ids (S01). */
export async function start(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const input: RunInput = {
    template: required(values.template, '--template'),
    repoPath: path.resolve(required(values.repo, '--repo')),
    requirements: await readRequirements(required(values.requirements, '--requirements')),
    baseBranch: values.base,
    objective: values.objective,
    budgetUsd: values['budget-usd'] === undefined ? undefined : Number(values['budget-usd']),
    overrides: values.override && Object.fromEntries(values.override.map(parseOverride)),
  };
  const workflowId = values.id ?? `${input.template}-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`;
  const runId = await startRun(workflowId, input);
  print(values.json, { workflowId, runId }, `started ${workflowId} (run ${runId})\nnpm run client -- status ${workflowId}`);
  return 0;
}

async function startRun(workflowId: string, input: RunInput): Promise<string> {
  const { taskQueue } = readConfig(process.env, ['taskQueue']);
  try {
    const handle = await withClient((client) => client.workflow.start(WORKFLOW_TYPE, { taskQueue, workflowId, args: [input] }));
    return handle.firstExecutionRunId;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new PhasegateError('input_invalid', `a run with the id ${workflowId} is open: choose another --id`);
  }
}

function required(value: string | undefined, option: string): string {
  if (value !== undefined && value !== '') return value;
  throw new PhasegateError('input_invalid', `${option} is needed\n${HELP}`);
}

async function readRequirements(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PhasegateError('input_invalid', `--requirements: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseOverride(text: string): [string, string] {
  const [role, persona, ...rest] = text.split('=');
  if (role && persona && rest.length === 0) return [role, persona];
  throw new PhasegateError('input_invalid', `--override ${text}: expected ROLE=PERSONA`);
}
