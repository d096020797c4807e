import { styleText } from 'node:util';

type Format = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

/** Whether standard output is a terminal that shows colours, and nobody has said no (`NO_COLOR`). */
function hasColour(env: NodeJS.ProcessEnv = process.env, isTerminal = process.stdout.isTTY): boolean {
  return isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** A text in a colour, where colours are shown; else as it is. */
export function coloured(format: Format, text: string): string {
  return hasColour() ? styleText(format, text) : text;
}

/** How many columns a line may have; null where the output is no terminal: then nothing is cut. */
export function columnsOf(): number | null {
  return process.stdout.isTTY ? process.stdout.columns || 80 : null;
}
