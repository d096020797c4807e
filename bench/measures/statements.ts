import type { Bench } from '../bench.js';
import type { Finding } from '../results.js';
import { shown } from '../stats.js';
import { countPerPhase, total, type Share } from './per-phase.js';

/**
 * Statements that phasegate sends to PostgreSQL, counted in its process, each with its share of a phase and of a run.
 */
export async function measureStatements(bench: Bench): Promise<Finding> {
  const contender = await bench.contender('phasegate');
  const statements = await countPerPhase<Record<string, number>>(
    contender,
    'statements',
    bench.options.sizes.countedRuns,
    (counted) => counted,
  );
  return {
    rows: [
      {
        measure: 'database statements, phasegate with an instant model',
        measured: `${shown(total(statements, 'perPhase'))} per phase, and ${shown(total(statements, 'perRun'))} per run`,
        ratio: '–',
        target: 'stated',
        verdict: 'stated',
      },
    ],
    samples: { statements },
    details: [
      [
        '### Database statements of a phase and of a run',
        '',
        '| per phase | per run | statement |',
        '| --- | --- | --- |',
        ...statements.map(line),
      ].join('\n'),
    ],
  };
}

function line({ name, perPhase, perRun }: Share): string {
  const short = name.length > 160 ? `${name.slice(0, 110)} … ${name.slice(-45)}` : name;
  return `| ${shown(perPhase)} | ${shown(perRun)} | \`${short.replaceAll('|', '\\|').replaceAll('`', "'")}\` |`;
}
