import { parseArgs } from 'node:util';
import { PhasegateError } from '../../domain/failures.js';
import { nearestName } from '../../domain/text/nearest-name.js';
import { asCalled } from './as-called.js';
import { EXIT } from './exit-codes.js';

/** An option of a command, as `--help` shows it. */
export interface OptionSpec {
  type: 'string' | 'boolean';
  about: string;
  /** The word that stands for its value: `NAME`. */
  value?: string;
  multiple?: boolean;
  short?: string;
}

type Options = Record<string, OptionSpec>;
type Value<S extends OptionSpec> = S extends { type: 'boolean' }
  ? boolean
  : S extends { multiple: true }
    ? string[]
    : string;
type Values<O extends Options> = { [K in keyof O]?: Value<O[K]> } & { json: boolean };

/** The parts that a command is made from. */
export interface CommandSpec<O extends Options> {
  /** The word after its name: `W`. */
  usage: string;
  about: string;
  options: O;
  /** The words beside the options, each with what it is. */
  words?: string[];
  /** Words that may follow them, each with what it is. */
  moreWords?: string[];
  /** @returns the exit code */
  run(values: Values<O>, words: string[]): Promise<number>;
}

/** A command of the client, ready to be called with its arguments. */
export interface Command {
  usage: string;
  about: string;
  /**
   * @returns the exit code, see {@link EXIT}
   * @throws PhasegateError `usage_invalid` for wrong arguments, and the errors of the command itself
   */
  run(args: string[], name?: string): Promise<number>;
}

const COMMON = {
  json: { type: 'boolean', about: 'print the result as JSON, and errors too' },
  help: { type: 'boolean', about: 'this text', short: 'h' },
} as const satisfies Options;

/** Makes a command that checks its arguments and knows `--json` and `--help`. */
export function defineCommand<const O extends Options>(spec: CommandSpec<O>): Command {
  const { usage, about, words = [], moreWords = [] } = spec;
  const options = { ...spec.options, ...COMMON };
  return {
    usage,
    about,
    run: async (args, name = 'COMMAND') => {
      const { values, positionals } = parse(args, options);
      if (values.help === true) {
        process.stdout.write(
          asCalled(`usage: npm run client -- ${name} ${usage}\n\n${about}\n\n${optionTable(options)}\n`),
        );
        return EXIT.ok;
      }
      checkWords(positionals, words, moreWords);
      return spec.run({ ...values, json: values.json === true } as Values<O>, positionals);
    },
  };
}

function parse(args: string[], options: Options) {
  const plain = Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple, short }]) => [
      name,
      { type, multiple: multiple ?? false, ...(short && { short }) },
    ]),
  );
  try {
    return parseArgs({ args, allowPositionals: true, options: plain });
  } catch (error) {
    throw new PhasegateError(
      'usage_invalid',
      `${error instanceof Error ? error.message.split('. ')[0] : String(error)}${nearest(args, options)}`,
    );
  }
}

function nearest(args: readonly string[], options: Options): string {
  const unknown = args
    .map((arg) => /^--([\w-]+)/.exec(arg)?.[1])
    .find((name) => name !== undefined && !(name in options));
  const meant = unknown === undefined ? undefined : nearestName(unknown, Object.keys(options));
  return meant === undefined ? '' : `; did you mean --${meant}?`;
}

function checkWords(found: readonly string[], expected: readonly string[], optional: readonly string[]): void {
  const most = expected.length + optional.length;
  if (found.length >= expected.length && found.length <= most && !found.includes('')) return;
  const wanted =
    most === 0
      ? 'nothing but options'
      : `one ${[...expected, ...optional.map((word) => `${word} if you like`)].join(', then one ')}`;
  throw new PhasegateError(
    'usage_invalid',
    `expected ${wanted}, found ${found.length === 0 ? 'none' : found.join(' ')}`,
  );
}

function optionTable(options: Options): string {
  return Object.entries(options)
    .map(
      ([name, { type, about, value, short }]) =>
        `  ${`--${name}${type === 'string' ? ` ${value ?? 'TEXT'}` : ''}${short ? `, -${short}` : ''}`.padEnd(28)} ${about}`,
    )
    .join('\n');
}
