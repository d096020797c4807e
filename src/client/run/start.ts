import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { readConfig } from '../../config.js';
import { PhasegateError } from '../../domain/failures.js';
import { WORKFLOW_TYPE } from '../../domain/names.js';
import { RUN_PRIORITIES, type RunInput } from '../../domain/run-input.js';
import { describeInput } from './describe-input.js';
import { readNumber } from '../command-line/arguments.js';
import { asCalled } from '../command-line/as-called.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { watchRun } from '../look/watch.js';
import { withClient } from '../command-line/with-client.js';

/**
 * `start`: starts a run and gives its ids (S01). The run itself checks its input, in its first activity.
 */
export const start = defineCommand({
  usage: '--template T --repo PATH --requirements FILE [--id W] [--watch] …',
  about: 'start a run',
  options: {
    template: { type: 'string', value: 'NAME', about: 'template, or NAME@VERSION' },
    repo: { type: 'string', value: 'PATH', about: 'the repository, on the machine of the worker' },
    requirements: {
      type: 'string',
      value: 'FILE',
      about: 'a file that says what you want, in your words; - reads standard input',
    },
    base: {
      type: 'string',
      value: 'BRANCH',
      about: 'branch to start from (main; where there is none, the branch of HEAD)',
    },
    id: { type: 'string', value: 'W', about: "the run's name; without it one is made from the template and the time" },
    objective: { type: 'string', about: 'a short title of the run, for people' },
    extra: { type: 'string', value: 'JSON', about: 'an object that is kept with the run, such as a ticket number' },
    override: {
      type: 'string',
      value: 'ROLE=PERSONA',
      multiple: true,
      about: 'another persona for a role; may be given several times',
    },
    'budget-usd': {
      type: 'string',
      value: 'NUMBER',
      about: 'the most that the run may cost: no model call is started that could exceed it',
    },
    'budget-tokens': { type: 'string', value: 'NUMBER', about: 'the same in tokens' },
    'on-budget': { type: 'string', value: 'fail|wait', about: 'what happens when the budget is spent' },
    'on-human-required': {
      type: 'string',
      value: 'fail|wait',
      about: 'what happens after a failure that a person can fix',
    },
    'started-by': { type: 'string', value: 'NAME', about: 'who starts it, for gates that somebody else must approve' },
    priority: { type: 'string', value: RUN_PRIORITIES.join('|'), about: 'which runs get places first (normal)' },
    'fairness-key': {
      type: 'string',
      value: 'KEY',
      about: 'runs with the same key share places fairly with others (the repository)',
    },
    watch: { type: 'boolean', about: 'follow the run until it has ended' },
  },
  run: async (values) => {
    const input = {
      template: required(values.template, '--template'),
      repoPath: path.resolve(required(values.repo, '--repo')),
      requirements: await readRequirements(required(values.requirements, '--requirements')),
      baseBranch: values.base,
      objective: values.objective,
      extra: readObject(values.extra, '--extra'),
      budgetUsd: readNumber(values['budget-usd'], '--budget-usd'),
      budgetTokens: readNumber(values['budget-tokens'], '--budget-tokens'),
      onBudget: values['on-budget'],
      onHumanRequired: values['on-human-required'],
      startedBy: values['started-by'],
      priority: values.priority,
      fairnessKey: values['fairness-key'],
      overrides: values.override && Object.fromEntries(values.override.map(parseOverride)),
    } as RunInput;
    const workflowId =
      values.id ??
      `${input.template.replace(/[^\w-]+/g, '-')}-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`;
    const runId = await startRun(workflowId, input);
    if (values.watch) return watchRun(workflowId, runId, `started ${workflowId} (run ${runId})`, values.json);
    print(
      values.json,
      { workflowId, runId },
      asCalled(`started ${workflowId} (run ${runId})\nnpm run client -- status ${workflowId}`),
    );
    return EXIT.ok;
  },
});

async function startRun(workflowId: string, input: RunInput): Promise<string> {
  const { taskQueue } = readConfig(process.env, ['taskQueue']);
  try {
    const handle = await withClient((client) =>
      client.workflow.start(WORKFLOW_TYPE, { taskQueue, workflowId, args: [input], ...describeInput(input) }),
    );
    return handle.firstExecutionRunId;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new PhasegateError('input_invalid', `a run with the id ${workflowId} is open: choose another --id`);
  }
}

function required(value: string | undefined, option: string): string {
  if (value !== undefined && value !== '') return value;
  throw new PhasegateError('usage_invalid', `${option} is missing; start --help shows all options`);
}

async function readRequirements(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    throw new PhasegateError(
      'usage_invalid',
      `--requirements: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function readObject(text: string | undefined, option: string): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new PhasegateError(
      'usage_invalid',
      `${option} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function parseOverride(text: string): [string, string] {
  const [role, persona, ...rest] = text.split('=');
  if (role && persona && rest.length === 0) return [role, persona];
  throw new PhasegateError('usage_invalid', `--override ${text}: expected ROLE=PERSONA`);
}
