import { parseArgs } from 'node:util';

export const USAGE = `npm run bench                       everything, about a quarter of an hour on 2 cores
npm run bench -- --quick            few runs: whether it works, not how fast it is
              -- --only NAME,…      some measures alone (npm run bench -- --list names them)
              -- --waiting N        runs that wait at gates, default 500
              -- --rounds N         interleaved rounds, default 5
              -- --output FILE      where the results go, default bench/results.json (with --quick or --only: nowhere)
              -- --cpu-prof FOLDER  a CPU profile of each contender's process`;

export interface Options {
  quick: boolean;
  list: boolean;
  help: boolean;
  /** Names of measures; null for all. */
  only: string[] | null;
  waiting: number;
  rounds: number;
  output: string | null;
  cpuProf: string | null;
  sizes: Sizes;
}

/** How much each measure does. */
export interface Sizes {
  /** Runs one after the other, in each round. */
  sequentialRuns: number;
  /** Runs at once without an agent, in each round. */
  emptyRuns: number;
  /** Runs at once with the stubbed agent, in each round: fewer, as each takes long. */
  stubRuns: number;
  /** Runs of phasegate at once with the instant model, in each round. */
  modelRuns: number;
  /** Likewise of each peer: more, as they take a few milliseconds a run. */
  peerRuns: number;
  /** Runs that are counted statement by statement. */
  countedRuns: number;
  /** Runs of many phases. */
  longRuns: number;
  longPhases: number;
  /** Starts of a worker, and of `npm start`. */
  starts: number;
  approvals: number;
}

const FULL: Sizes = {
  sequentialRuns: 5,
  emptyRuns: 200,
  stubRuns: 20,
  modelRuns: 20,
  peerRuns: 200,
  countedRuns: 2,
  longRuns: 10,
  longPhases: 50,
  starts: 5,
  approvals: 100,
};
const QUICK: Sizes = {
  sequentialRuns: 1,
  emptyRuns: 5,
  stubRuns: 2,
  modelRuns: 3,
  peerRuns: 20,
  countedRuns: 1,
  longRuns: 1,
  longPhases: 8,
  starts: 1,
  approvals: 3,
};

/**
 * Reads the arguments of `npm run bench`.
 *
 * @throws Error that names the argument that is wrong
 */
export function readOptions(args: string[], measures: readonly string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      waiting: { type: 'string' },
      rounds: { type: 'string' },
      output: { type: 'string' },
      'cpu-prof': { type: 'string' },
    },
  });
  const { quick, list, help } = values;
  const only = values.only?.split(',') ?? null;
  const unknown = only?.find((name) => !measures.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${measures.join(', ')}`);
  return {
    quick,
    list,
    help,
    only,
    waiting: count('--waiting', values.waiting, quick ? 10 : 500),
    rounds: count('--rounds', values.rounds, quick ? 1 : 5),
    output: values.output ?? (quick || only ? null : new URL('./results.json', import.meta.url).pathname),
    cpuProf: values['cpu-prof'] ?? null,
    sizes: quick ? QUICK : FULL,
  };
}

function count(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${name} ${text}: a whole number from 1 is needed`);
  return Number(text);
}
