import type { Bench } from '../bench.js';
import { verdict, type Finding, type Row } from '../results.js';
import { median, shown } from '../stats.js';

const MOST = 1.2;
/** Activities whose scheduling begins a phase, and ends the one before. */
const ENDS_A_PHASE = new Set(['executePhase', 'closeRun']);

/**
 * What a phase costs as the run grows: from one phase's activity being scheduled to the next one's (for the last: to
 * the report's), in a run of many phases with an artifact each, one run at a time.
 */
export async function measureGrowth(bench: Bench): Promise<Finding> {
  const contender = await bench.contender('phasegate');
  const { longRuns: runs, longPhases: phases } = bench.options.sizes;
  await contender.runs({ runs: 1, phases, atOnce: 1 });
  const { ids } = await contender.runs({ runs, phases, atOnce: 1 });
  const [phaseMs, activityMs]: [number[][], number[]] = [[], []];
  for (const id of ids) {
    const { phases: own, activities } = await durations(bench, id);
    phaseMs.push(own);
    activityMs.push(...activities);
  }
  const bytes = (await bench.client.workflow.getHandle(ids[0] ?? '').describe()).historySize ?? NaN;
  const at = (from: number, to: number): number => median(phaseMs.flatMap((run) => run.slice(from - 1, to)));
  const compare = (measure: string, late: number, early: number, counts: boolean): Row => ({
    measure,
    measured: `${shown(late)} ms against ${shown(early)} ms`,
    ratio: `${shown(late / early)} ×`,
    target: counts ? `≤ ${MOST} ×` : '–',
    verdict: counts ? verdict(late / early <= MOST) : 'stated',
  });
  const last = phases;
  return {
    rows: [
      compare(
        `cost of phase ${last} against phase 1, run of ${phases} phases (median of ${runs} runs)`,
        at(last, last),
        at(1, 1),
        true,
      ),
      // the first one checks the files out, too
      compare(`likewise, phases ${last - 4}–${last} against 2–6`, at(last - 4, last), at(2, 6), true),
      {
        measure: 'of a phase with an instant model: inside its activity, from started to completed',
        measured: `${shown(median(activityMs))} ms of ${shown(median(phaseMs.flat()))} ms`,
        ratio: '–',
        target: '–',
        verdict: 'stated',
      },
      {
        measure: `history of a run of ${phases} phases`,
        measured: `${Math.round(bytes / 1024)} KiB`,
        ratio: '–',
        target: '–',
        verdict: 'stated',
      },
    ],
    samples: { phases, phaseMs, activityMs, historyBytes: bytes },
  };
}

/**
 * Milliseconds between the schedulings of the phases' activities, and those that the activities took, by the server's
 * clock.
 */
async function durations({ client }: Bench, workflowId: string): Promise<{ phases: number[]; activities: number[] }> {
  const events = (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
  const timeOf = (event: (typeof events)[number] | undefined): number =>
    Number(event?.eventTime?.seconds) * 1000 + Number(event?.eventTime?.nanos) / 1e6;
  const byId = new Map(events.map((event) => [String(event.eventId), event]));
  const nameOf = (event: (typeof events)[number] | undefined): string =>
    event?.activityTaskScheduledEventAttributes?.activityType?.name ?? '';
  const scheduled = events.filter((event) => ENDS_A_PHASE.has(nameOf(event))).map(timeOf);
  const done = events.filter(
    ({ activityTaskCompletedEventAttributes: ended }) =>
      nameOf(byId.get(String(ended?.scheduledEventId))) === 'executePhase',
  );
  return {
    phases: scheduled.slice(1).map((time, index) => time - (scheduled[index] ?? NaN)),
    activities: done.map(
      (event) => timeOf(event) - timeOf(byId.get(String(event.activityTaskCompletedEventAttributes?.startedEventId))),
    ),
  };
}
