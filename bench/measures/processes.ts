import type { Bench } from '../bench.js';
import type { Started } from '../contenders/processes.js';
import type { Finding } from '../results.js';
import { shown } from '../stats.js';
import { countPerPhase, total } from './per-phase.js';

/** Processes (git's) that phasegate starts: starting one copies the page tables of a large process, and all else waits meanwhile. */
export async function measureProcesses(bench: Bench): Promise<Finding> {
  const contender = await bench.contender('phasegate');
  const runs = bench.options.sizes.countedRuns;
  const blocked: number[] = [];
  const shares = await countPerPhase<Record<string, Started>>(contender, 'processes', runs, (counted) => {
    for (const { count, blockedMs } of Object.values(counted)) if (count > 0) blocked.push(blockedMs / count);
    return Object.fromEntries(Object.entries(counted).map(([name, { count }]) => [name, count]));
  });
  return {
    rows: [{
      measure: 'processes started (git), phasegate with an instant model',
      measured: `${shown(total(shares, 'perPhase'))} per phase, and ${shown(total(shares, 'perRun'))} per run; starting one holds the worker's thread for ${shown(blocked.reduce((sum, ms) => sum + ms, 0) / blocked.length)} ms`,
      ratio: '–', target: '–', verdict: 'stated',
    }],
    samples: { shares, meanBlockedMs: blocked },
    details: [['### Processes of a phase and of a run', '', '| per phase | per run | process |', '| --- | --- | --- |', ...shares.map(({ name, perPhase, perRun }) => `| ${shown(perPhase)} | ${shown(perRun)} | \`${name}\` |`)].join('\n')],
  };
}
