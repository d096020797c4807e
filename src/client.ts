import { commands } from './client/commands.js';
import { failText } from './client/output.js';

/** `npm run client -- COMMAND …`: starts and steers runs from a terminal or a script. */
async function main([name = 'help', ...args]: string[]): Promise<number> {
  const command = commands[name];
  if (!command || name === 'help') {
    process.stdout.write(`usage: npm run client -- COMMAND\n\n${usage()}\n`);
    return name === 'help' ? 0 : 2;
  }
  return command.run(args);
}

function usage(): string {
  return Object.entries(commands)
    .map(([name, { usage: text, about }]) => `  ${`${name} ${text}`.padEnd(64)} ${about}`)
    .join('\n');
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${failText(error)}\n`);
    process.exit(1);
  },
);
