#!/usr/bin/env node
import { commands } from './client/commands.js';
import { asCalled } from './client/command-line/as-called.js';
import { EXIT, exitCodeOf } from './client/command-line/exit-codes.js';
import { adoptLocalEnv } from './client/command-line/local-env.js';
import { failJson, failText } from './client/command-line/output.js';
import { PhasegateError } from './domain/failures.js';
import { nearestName } from './domain/text/nearest-name.js';
import { PACKAGE_ROOT } from './package-root.js';

/** `npm run client -- COMMAND …`: starts and steers runs from a terminal or a script. */
async function main([name = 'help', ...args]: string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) {
    process.stdout.write(
      asCalled(
        `usage: npm run client -- COMMAND …\n\n${await overview()}\n\nCOMMAND --help tells its options. W is a workflow id.\n`,
      ),
    );
    return EXIT.ok;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return (await command()).run(args, name);
  const meant = nearestName(name, Object.keys(commands));
  throw new PhasegateError(
    'usage_invalid',
    `there is no command ${name}${meant ? `; did you mean ${meant}?` : '.'} The commands are: ${Object.keys(commands).join(', ')}`,
  );
}

async function overview(): Promise<string> {
  const lines = Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(16)} ${(await load()).about}`);
  return (await Promise.all(lines)).join('\n');
}

/** An error of a command, with a code where it has one. */
async function explained(error: unknown): Promise<unknown> {
  if (error instanceof PhasegateError) return error;
  // loaded only here, because most errors have nothing to do with Temporal
  const { asTemporalFailure } = await import('./temporal/grpc-errors.js');
  return asTemporalFailure(error) ?? error;
}

const args = process.argv.slice(2);
adoptLocalEnv(PACKAGE_ROOT, process.env);
main(args).then(
  (code) => process.exit(code),
  async (thrown: unknown) => {
    const error = await explained(thrown);
    const text = args.includes('--json') ? failJson(error) : failText(error);
    // the hint names the command that was meant
    const name = args.find((arg) => Object.hasOwn(commands, arg));
    process.stderr.write(`${name === undefined ? text : text.replace('COMMAND --help', `${name} --help`)}\n`);
    process.exit(exitCodeOf(error));
  },
);
