import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, ContenderName } from './bench.js';
import { Unavailable } from './bench.js';
import type { RunsDone, RunsJob } from './contenders/protocol.js';
import type { Row } from './results.js';
import { median } from './stats.js';

const WARM_UP_MS = 120_000;

/** What a contender did in each round, or the reason why it could not be had. */
export type Rounds = Partial<Record<ContenderName, RunsDone[]>>;

/**
 * Makes contenders do the same work in turn, round by round. Another one begins each time, so that none always runs
 * after the same other. Each does a little work before it counts, for caches and compilers.
 *
 * @param jobOf - the work of a contender in each round
 * @param missing - told of contenders that can't be had
 */
export async function interleave(
  bench: Bench,
  names: readonly ContenderName[],
  jobOf: (name: ContenderName) => RunsJob,
  missing: (name: ContenderName, why: string) => void = () => {},
): Promise<Rounds> {
  const rounds: Rounds = {};
  for (const name of names) if (await warmUp(bench, name, jobOf(name), missing)) rounds[name] = [];
  const present = names.filter((name) => rounds[name]);
  for (let round = 0; round < bench.options.rounds; round++) {
    for (let turn = 0; turn < present.length; turn++) {
      const name = present[(round + turn) % present.length];
      if (!name || bench.session.stopped.aborted) continue;
      const contender = await bench.contender(name);
      const job = jobOf(name);
      const done = await contender.runs(job);
      rounds[name]?.push(done);
      bench.say(`  round ${round + 1}: ${name.padEnd(16)} ${job.runs} runs in ${(done.wallMs / 1000).toFixed(2)} s`);
    }
  }
  return rounds;
}

/**
 * A row for each contender that took part, with the median of its rounds' ratios to another.
 *
 * @param values - of a contender, one a round
 */
export function comparedWith(
  base: ContenderName,
  rounds: Rounds,
  values: (name: ContenderName) => number[],
  row: (name: ContenderName, values: number[], ratio: number) => Row,
): Row[] {
  const others = values(base);
  const names = Object.keys(rounds) as ContenderName[];
  return names.map((name) =>
    row(name, values(name), median(values(name).map((value, round) => value / (others[round] ?? NaN)))),
  );
}

async function warmUp(
  bench: Bench,
  name: ContenderName,
  { phases }: RunsJob,
  missing: (name: ContenderName, why: string) => void,
): Promise<boolean> {
  try {
    const contender = await bench.contender(name);
    await inTime(name, contender.runs({ runs: bench.options.quick ? 1 : 10, phases, atOnce: 5 }));
    return true;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    missing(name, error.message);
    return false;
  }
}

/** A contender that does not work on this machine must not hold up the others without end. */
async function inTime<T>(name: string, work: Promise<T>): Promise<T> {
  const late = new AbortController();
  const timeUp = sleep(WARM_UP_MS, undefined, { signal: late.signal, ref: false }).then(() => {
    throw new Error(`${name} did not finish its first runs in ${WARM_UP_MS / 1000} s`);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    late.abort();
    timeUp.catch(() => undefined);
  }
}
