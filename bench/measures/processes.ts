import type { Bench } from '../bench.js';
import type { Finding } from '../results.js';
import { shown } from '../stats.js';
import { countPerPhase, total } from './per-phase.js';

/** Processes (git's) that phasegate has started. */
export async function measureProcesses(bench: Bench): Promise<Finding> {
  const contender = await bench.contender('phasegate');
  const shares = await countPerPhase<Record<string, number>>(
    contender,
    'processes',
    bench.options.sizes.countedRuns,
    (counted) => counted,
  );
  return {
    rows: [
      {
        measure: 'processes started (git), phasegate with an instant model',
        measured: `${shown(total(shares, 'perPhase'))} per phase, and ${shown(total(shares, 'perRun'))} per run`,
        ratio: '–',
        target: '–',
        verdict: 'stated',
      },
    ],
    samples: { shares },
    details: [
      [
        '### Processes of a phase and of a run',
        '',
        '| per phase | per run | process |',
        '| --- | --- | --- |',
        ...shares.map(({ name, perPhase, perRun }) => `| ${shown(perPhase)} | ${shown(perRun)} | \`${name}\` |`),
      ].join('\n'),
    ],
  };
}
