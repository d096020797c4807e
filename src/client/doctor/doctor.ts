import { readConfig } from '../../config.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import type { CheckResult } from './check.js';
import { checkMachine } from './machine.js';
import { checkMirror } from './mirror.js';
import { checkSandbox } from './sandbox.js';
import { checkTemporal } from './temporal.js';

/** `doctor`: looks at every part of the set-up, and says of each what is wrong and what to do. */
export const doctor = defineCommand({
  usage: '',
  about: 'look at every part of the set-up; run it where a worker runs, with its variables',
  options: {},
  run: async ({ json }) => {
    const config = readConfig(process.env, ['taskQueue', 'deploymentName', 'buildId']);
    const findings = (await Promise.all([checkTemporal(config), checkMirror(), checkMachine(), checkSandbox()])).flat();
    print(json, findings, findings.map(lineOf).join('\n'));
    return findings.some(({ level }) => level === 'FAIL') ? EXIT.failed : EXIT.ok;
  },
});

function lineOf({ level, text, todo }: CheckResult): string {
  return `${level.padEnd(5)} ${text}${todo === null ? '' : `\n      → ${todo}`}`;
}
