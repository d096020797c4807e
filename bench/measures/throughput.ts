import type { Bench, ContenderName } from '../bench.js';
import { verdict, type Finding, type Row } from '../results.js';
import { interleave } from '../rounds.js';
import { median, shown } from '../stats.js';

const PHASES = 5;
const NAMES: readonly ContenderName[] = ['floor', 'phasegate-empty', 'phasegate-stub'];
const LEAST = 0.6;

/** Runs without an agent, all started at once, on one worker. */
export async function measureThroughput(bench: Bench): Promise<Finding> {
  const { emptyRuns, stubRuns } = bench.options.sizes;
  const runsOf = (name: ContenderName): number => (name === 'phasegate-stub' ? stubRuns : emptyRuns);
  const rounds = await interleave(bench, NAMES, (name) => ({
    runs: runsOf(name),
    phases: PHASES,
    atOnce: runsOf(name),
  }));
  const perSecond = (name: ContenderName): number[] =>
    (rounds[name] ?? []).map(({ wallMs }) => (runsOf(name) * 1000) / wallMs);
  const floor = perSecond('floor');
  const rows = NAMES.map((name): Row => {
    const ratio = median(perSecond(name).map((rate, round) => rate / (floor[round] ?? NaN)));
    return {
      measure: `throughput, ${runsOf(name)} runs × ${PHASES} phases without an agent: ${name}`,
      measured: `${shown(median(perSecond(name)))} runs/s`,
      ratio: name === 'floor' ? '1' : `${shown(ratio)} × floor`,
      target: name === 'floor' ? '–' : `≥ ${LEAST} ×`,
      verdict: name === 'floor' ? 'stated' : verdict(ratio >= LEAST),
    };
  });
  return { rows, samples: { phases: PHASES, rounds } };
}
