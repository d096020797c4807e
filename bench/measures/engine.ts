import type { Bench, ContenderName } from '../bench.js';
import { verdict, type Finding, type Row } from '../results.js';
import { interleave } from '../rounds.js';
import { median, shown } from '../stats.js';

const PHASES = 5;
const NAMES: readonly ContenderName[] = ['floor', 'phasegate-empty', 'phasegate-stub'];
const MOST = 1.5;

/** The engine's own wall time of a phase, one run after the other: whole runs, divided by their phases. */
export async function measureEngine(bench: Bench): Promise<Finding> {
  const rounds = await interleave(bench, NAMES, () => ({ runs: bench.options.sizes.sequentialRuns, phases: PHASES, atOnce: 1 }));
  const perPhase = (name: ContenderName): number[] => (rounds[name] ?? []).map(({ runMs }) => median(runMs) / PHASES);
  const floor = perPhase('floor');
  const rows = NAMES.map((name): Row => {
    const ratio = median(perPhase(name).map((ms, round) => ms / (floor[round] ?? NaN)));
    return {
      measure: `wall time per phase, one run at a time: ${name}`,
      measured: `${shown(median(perPhase(name)))} ms`,
      ratio: name === 'floor' ? '1' : `${shown(ratio)} × floor`,
      target: name === 'floor' ? '–' : `≤ ${MOST} ×`,
      verdict: name === 'floor' ? 'stated' : verdict(ratio <= MOST),
    };
  });
  return { rows, samples: { phases: PHASES, rounds } };
}
