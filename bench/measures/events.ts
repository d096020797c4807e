import type { Bench, ContenderName } from '../bench.js';
import { verdict, type Finding, type Row } from '../results.js';

const NAMES: readonly ContenderName[] = ['floor', 'phasegate', 'phasegate-empty', 'phasegate-stub'];
const ALLOWED_MORE = 12;

/** History events of a run of 5 phases without gates, and what each further phase adds. */
export async function measureEvents(bench: Bench): Promise<Finding> {
  const samples: Record<string, Record<number, { events: number; bytes: number }>> = {};
  for (const name of NAMES) {
    const contender = await bench.contender(name);
    samples[name] = {};
    for (const phases of [5, 10]) {
      const { ids } = await contender.runs({ runs: 1, phases, atOnce: 1 });
      samples[name][phases] = await historyOf(bench, ids[0] ?? '');
    }
  }
  const events = (name: ContenderName, phases: number): number => samples[name]?.[phases]?.events ?? NaN;
  const floor = events('floor', 5);
  const rows = NAMES.map((name): Row => {
    const more = events(name, 5) - floor;
    const perPhase = (events(name, 10) - events(name, 5)) / 5;
    return {
      measure: `history events, 5 phases: ${name}`,
      measured: `${events(name, 5)} events (${perPhase} for a further phase), ${samples[name]?.[5]?.bytes} bytes`,
      ratio: name === 'floor' ? '–' : `floor + ${more}`,
      target: name === 'phasegate' ? `≤ floor + ${ALLOWED_MORE}` : '–',
      verdict: name === 'phasegate' ? verdict(more <= ALLOWED_MORE) : 'stated',
    };
  });
  return { rows, samples };
}

async function historyOf({ client }: Bench, workflowId: string): Promise<{ events: number; bytes: number }> {
  const { historyLength, historySize } = await client.workflow.getHandle(workflowId).describe();
  return { events: historyLength, bytes: historySize ?? 0 };
}
