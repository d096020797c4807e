import type { Bench } from '../bench.js';
import type { Finding } from '../results.js';
import { shown } from '../stats.js';

type Counts = Record<string, number>;

/**
 * Statements that phasegate sends to PostgreSQL, counted in its process. What a phase costs is the difference between runs of 10
 * and of 5 phases, divided by 5; what is left of 5 phases is the run's own.
 */
export async function measureStatements(bench: Bench): Promise<Finding> {
  const contender = await bench.contender('phasegate');
  const { countedRuns: runs } = bench.options.sizes;
  const count = async (phases: number): Promise<Counts> => {
    await contender.runs({ runs: 1, phases, atOnce: 1 });
    await contender.ask('statements', 'begin');
    await contender.runs({ runs, phases, atOnce: 1 });
    const counted = await contender.ask<Counts>('statements', 'end');
    return Object.fromEntries(Object.entries(counted).map(([text, times]) => [text, times / runs]));
  };
  const [five, ten] = [await count(5), await count(10)];
  const texts = [...new Set([...Object.keys(five), ...Object.keys(ten)])];
  const statements = texts.map((text) => {
    const perPhase = ((ten[text] ?? 0) - (five[text] ?? 0)) / 5;
    return { text, perPhase, perRun: (five[text] ?? 0) - 5 * perPhase };
  });
  statements.sort((a, b) => b.perPhase - a.perPhase || b.perRun - a.perRun);
  const total = (of: 'perPhase' | 'perRun'): number => statements.reduce((sum, statement) => sum + statement[of], 0);
  return {
    rows: [{
      measure: 'database statements, phasegate with an instant model',
      measured: `${shown(total('perPhase'))} per phase, and ${shown(total('perRun'))} per run`,
      ratio: '–', target: 'stated', verdict: 'stated',
    }],
    samples: { runs, five, ten, statements },
    details: [['### Statements of a phase and of a run', '', '| per phase | per run | statement |', '| --- | --- | --- |', ...statements.map(line)].join('\n')],
  };
}

function line({ text, perPhase, perRun }: { text: string; perPhase: number; perRun: number }): string {
  const short = text.length > 160 ? `${text.slice(0, 110)} … ${text.slice(-45)}` : text;
  return `| ${shown(perPhase)} | ${shown(perRun)} | \`${short.replaceAll('|', '\\|').replaceAll('`', "'")}\` |`;
}
