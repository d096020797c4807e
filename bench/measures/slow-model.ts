import type { Bench, ContenderName } from '../bench.js';
import type { Finding } from '../results.js';
import { comparedWith, interleave } from '../rounds.js';
import { median, shown } from '../stats.js';

const PHASES = 5;
const NAMES: readonly ContenderName[] = ['langgraph-slow', 'phasegate-slow'];

/** The same five steps with a model that takes as long as a quick real one: what an engine costs beside the models. */
export async function measureSlowModel(bench: Bench): Promise<Finding> {
  const { modelRuns: runs } = bench.options.sizes;
  const seconds = bench.surroundings.slowModel.delayMs / 1000;
  const rounds = await interleave(bench, NAMES, () => ({ runs, phases: PHASES, atOnce: runs }));
  const perSecond = (name: ContenderName): number[] => (rounds[name] ?? []).map(({ wallMs }) => (runs * 1000) / wallMs);
  const rows = comparedWith('langgraph-slow', rounds, perSecond, (name, rates, ratio) => ({
    measure: `throughput with a model that answers after ${seconds} s, ${runs} runs × ${PHASES} phases at once: ${name.replace('-slow', '')}`,
    measured: `${shown(median(rates))} runs/s`,
    ratio: name === 'langgraph-slow' ? '1' : `${shown(ratio)} × langgraph`,
    target: '–',
    verdict: 'stated',
  }));
  return { rows, samples: { phases: PHASES, seconds, rounds } };
}
