import type { Bench } from '../bench.js';
import { verdict, type Finding } from '../results.js';
import { median, shown } from '../stats.js';
import { makeClone, startIn, type Clone } from './clone.js';

const MOST_MS = 4_500;
const FIRST_PHASE = /^ *[\d.]+ s +requirements +running/;

/**
 * From `npm start` to the first phase started, in a clone whose packages are installed and whose databases were made by
 * an earlier start.
 */
export async function measureNpmStart(bench: Bench): Promise<Finding> {
  await bench.stopContenders();
  const clone = makeClone(bench);
  const first = await startOnce(bench, clone);
  const warmMs: number[] = [];
  for (let round = 0; round < bench.options.sizes.starts; round++) warmMs.push(await startOnce(bench, clone));
  const ms = median(warmMs);
  return {
    rows: [
      {
        measure: 'npm start on a warm clone to the first phase started',
        measured: `${shown(ms / 1000)} s (the very first: ${shown(first / 1000)} s)`,
        ratio: '–',
        target: `≤ ${MOST_MS / 1000} s`,
        verdict: verdict(ms <= MOST_MS),
      },
    ],
    samples: { firstMs: first, warmMs },
  };
}

async function startOnce({ session }: Bench, clone: Clone): Promise<number> {
  let seen: number | undefined;
  const began = performance.now();
  const command = startIn(clone, ['npm', 'start'], clone.env, session.reaper, (line) => {
    if (seen === undefined && FIRST_PHASE.test(line)) seen = performance.now() - began;
  });
  const code = await command.ended;
  if (code !== 0 || seen === undefined) throw new Error(`npm start ended with ${code}:\n${command.output()}`);
  return seen;
}
