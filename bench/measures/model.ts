import type { Bench, ContenderName } from '../bench.js';
import { verdict, type Finding, type Row } from '../results.js';
import { comparedWith, interleave, type Rounds } from '../rounds.js';
import { median, shown } from '../stats.js';

const PHASES = 5;
const NAMES: readonly ContenderName[] = ['langgraph', 'phasegate', 'dbos', 'restate'];
const LEAST = 0.2;

/** The same five steps with an artifact each, by phasegate and its peers, with a model that answers at once. */
export async function measureModel(bench: Bench): Promise<Finding> {
  const { modelRuns, peerRuns, sequentialRuns } = bench.options.sizes;
  const runsOf = (name: ContenderName): number => (name === 'phasegate' ? modelRuns : peerRuns);
  const missing: Rows = [];
  const note = (name: ContenderName, why: string) =>
    void missing.push({
      measure: `throughput with an instant model: ${name}`,
      measured: why,
      ratio: '–',
      target: '–',
      verdict: 'stated',
    });
  const atOnce = await interleave(
    bench,
    NAMES,
    (name) => ({ runs: runsOf(name), phases: PHASES, atOnce: runsOf(name) }),
    note,
  );
  const single = await interleave(
    bench,
    NAMES.filter((name) => atOnce[name]),
    () => ({ runs: sequentialRuns, phases: PHASES, atOnce: 1 }),
  );
  const rows = [...throughputRows(atOnce, runsOf), ...missing, ...latencyRows(single)];
  return { rows, samples: { phases: PHASES, atOnce, single } };
}

type Rows = Row[];

function throughputRows(rounds: Rounds, runsOf: (name: ContenderName) => number): Rows {
  const perSecond = (name: ContenderName): number[] =>
    (rounds[name] ?? []).map(({ wallMs }) => (runsOf(name) * 1000) / wallMs);
  return comparedWith('langgraph', rounds, perSecond, (name, rates, ratio) => ({
    measure: `throughput with an instant model, ${runsOf(name)} runs × ${PHASES} phases at once: ${name}`,
    measured: `${shown(median(rates))} runs/s`,
    ratio: name === 'langgraph' ? '1' : `${shown(ratio)} × langgraph`,
    target: name === 'phasegate' ? `≥ ${LEAST} ×` : '–',
    verdict: name === 'phasegate' ? verdict(ratio >= LEAST) : 'stated',
  }));
}

function latencyRows(rounds: Rounds): Rows {
  const perPhase = (name: ContenderName): number[] => (rounds[name] ?? []).map(({ runMs }) => median(runMs) / PHASES);
  return comparedWith('langgraph', rounds, perPhase, (name, ms, ratio) => ({
    measure: `wall time per phase with an instant model, one run at a time: ${name}`,
    measured: `${shown(median(ms))} ms`,
    ratio: name === 'langgraph' ? '1' : `${shown(ratio)} × langgraph`,
    target: '–',
    verdict: 'stated',
  }));
}
