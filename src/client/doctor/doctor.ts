import { readConfig } from '../../config.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { failText, print } from '../command-line/output.js';
import { fail, lineOf, type CheckResult } from './check.js';
import { checkMachine } from './machine.js';
import { checkMirror } from './mirror.js';
import { checkSandbox } from './sandbox.js';
import { checkTemporal } from './temporal.js';

/** `doctor`: looks at every part of the set-up, and says of each what is wrong and what to do. */
export const doctor = defineCommand({
  usage: '[--models]',
  about: 'look at every part of the set-up; run it where a worker runs, with its variables',
  options: { models: { type: 'boolean', about: 'ask the models of personas, too: it costs a few tokens' } },
  run: async ({ models, json }) => {
    const config = readConfig(process.env, ['taskQueue', 'deploymentName', 'buildId']);
    const findings = (
      await Promise.all([
        checkTemporal(config),
        checkMirror(),
        checkMachine(),
        checkSandbox(),
        models ? lookAtModels() : [],
      ])
    ).flat();
    print(json, findings, findings.map(lineOf).join('\n'));
    return findings.some(({ level }) => level === 'FAIL') ? EXIT.failed : EXIT.ok;
  },
});

/** It is loaded only when it is wanted: it needs the model's client. */
async function lookAtModels(): Promise<CheckResult[]> {
  const { checkModels } = await import('./models.js');
  return checkModels().catch((error: unknown) => [
    fail(`models: ${failText(error)}`, 'correct what the message names'),
  ]);
}
