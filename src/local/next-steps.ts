import { join } from 'node:path';
import { findUsableTemplate } from '../catalog/find-template.js';
import { WORKFLOW_TYPE } from '../domain/names.js';
import type { RunInput } from '../domain/run-input.js';
import { readEncryptionKeys } from '../temporal/encryption/encryption-keys.js';
import { shellQuoted } from './env-file.js';

const EXAMPLE = { template: 'feature', repoPath: '/path/to/your/repository' };

/**
 * The commands to go on with, ready to be pasted into another terminal. They name a template only if the stack's folder
 * has it.
 *
 * @param dir - `.phasegate`
 * @param env - the stack's
 * @param up - whether the stack stays up, or must be brought up again first
 * @param wanted - the template of the run to start; without it, an example
 */
export async function nextSteps(
  dir: string,
  env: Readonly<Record<string, string>>,
  up: boolean,
  wanted: Partial<RunInput> = EXAMPLE,
): Promise<string> {
  const folder = env.PHASEGATE_TEMPLATES ?? '';
  const template = await findUsableTemplate(folder, wanted.template ?? EXAMPLE.template);
  const first = up
    ? `Temporal Web: ${env.TEMPORAL_UI_URL}`
    : 'The stack ends now; npm run dev brings it up again, with this run in it.';
  const steps =
    template === null
      ? [`There is no template that can be used in ${folder} (PHASEGATE_TEMPLATES): put one there to start a run.`]
      : startCommands(dir, env, { ...EXAMPLE, ...wanted, template, requirements: 'What is to be done.' });
  return ['', first, ...readingSteps(env), ...steps].join('\n');
}

function readingSteps(env: Readonly<Record<string, string>>): string[] {
  if (readEncryptionKeys(env).keys.length === 0) return [];
  return [
    'Payloads are encrypted. To read them in Temporal Web and by the temporal CLI, in another terminal:',
    '  npm run client -- codec-server',
  ];
}

function startCommands(dir: string, env: Readonly<Record<string, string>>, input: RunInput): string[] {
  const [template, repo] = [shellQuoted(input.template), shellQuoted(input.repoPath)];
  const json = shellQuoted(JSON.stringify(input));
  const queue = shellQuoted(env.PHASEGATE_TASK_QUEUE ?? '');
  return [
    'To start the next run, in another terminal, in this folder:',
    `  . ${shellQuoted(join(dir, 'env'))}`,
    `  npm run client -- start --id my-run --template ${template} --repo ${repo} --requirements FILE`,
    "or, the same with Temporal's own command:",
    `  temporal workflow start --task-queue ${queue} --type ${WORKFLOW_TYPE} --workflow-id my-run --input ${json}`,
    '  temporal workflow signal --workflow-id my-run --name approve',
  ];
}
