import type { Bench, ContenderName } from '../bench.js';
import { verdict, type Finding, type Row } from '../results.js';
import { interleave, type Rounds } from '../rounds.js';
import { median, shown } from '../stats.js';

const PHASES = 5;
const NAMES: readonly ContenderName[] = ['floor', 'phasegate-empty', 'phasegate-stub'];
/** Of a phase more, as a multiple of the floor's. */
const MOST = 2;

/**
 * The engine's own wall time, one run after the other: of a phase as a part of the whole run, planning and report
 * included, and of one phase more.
 */
export async function measureEngine(bench: Bench): Promise<Finding> {
  const rounds = await interleave(bench, NAMES, () => ({
    runs: bench.options.sizes.sequentialRuns,
    phases: PHASES,
    atOnce: 1,
  }));
  const perPhase = (name: ContenderName): number[] => (rounds[name] ?? []).map(({ runMs }) => median(runMs) / PHASES);
  const floor = perPhase('floor');
  const rows = NAMES.map((name): Row => {
    const ratio = median(perPhase(name).map((ms, round) => ms / (floor[round] ?? NaN)));
    return {
      measure: `wall time per phase, one run at a time: ${name}`,
      measured: `${shown(median(perPhase(name)))} ms`,
      ratio: name === 'floor' ? '1' : `${shown(ratio)} × floor`,
      target: '–',
      verdict: 'stated',
    };
  });
  const longer = await interleave(bench, ['floor', 'phasegate-stub'], () => ({
    runs: bench.options.sizes.sequentialRuns,
    phases: 2 * PHASES,
    atOnce: 1,
  }));
  rows.push(furtherPhase(rounds, longer));
  return { rows, samples: { phases: PHASES, rounds, longer } };
}

/** What another phase costs once the run is under way: the difference between runs of 10 and of 5 phases. */
function furtherPhase(rounds: Rounds, longer: Rounds): Row {
  const ms = (of: Rounds, name: ContenderName): number => median((of[name] ?? []).map(({ runMs }) => median(runMs)));
  const further = (name: ContenderName): number => (ms(longer, name) - ms(rounds, name)) / PHASES;
  const ratio = further('phasegate-stub') / further('floor');
  return {
    measure: 'wall time of a further phase, one run at a time: phasegate-stub',
    measured: `${shown(further('phasegate-stub'))} ms (floor ${shown(further('floor'))} ms)`,
    ratio: `${shown(ratio)} × floor`,
    target: `≤ ${MOST} ×`,
    verdict: verdict(ratio <= MOST),
  };
}
