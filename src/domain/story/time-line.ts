import type { Moment } from './story-facts.js';

/** `work`: an agent and its checks; `people`: a gate waits; `held`: paused, or parked until somebody helps. */
export type SegmentKind = 'work' | 'people' | 'held';

/** A stretch of time in which a run did one thing. */
export interface Segment {
  kind: SegmentKind;
  phaseKey: string | null;
  round: number | null;
  from: string;
  to: string;
}

const WORK = new Set<Moment['type']>(['phase_started', 'revision_started', 'run_reset']);
const REST = new Set<Moment['type']>(['phase_completed', 'phase_failed', 'phase_skipped', 'sent_back', 'run_started']);
const END = new Set<Moment['type']>(['run_completed', 'run_failed', 'run_aborted']);
/** The events that a time line is made from. */
export const MOMENTS: readonly Moment['type'][] = [
  ...WORK,
  ...REST,
  ...END,
  'approval_requested',
  'run_paused',
  'run_resumed',
];

/**
 * What a run did when. A gate's time is that of people, from its opening until the run goes on. A pause counts from
 * where the phase at work has ended.
 *
 * @param moments - in order
 * @param until - ISO 8601: the end, or now
 */
export function timeLine(moments: readonly Moment[], until: string): Segment[] {
  const segments: Segment[] = [];
  let open: Omit<Segment, 'to'> | null = null;
  let isPaused = false;
  const close = (to: string): void => {
    if (open !== null && to > open.from) segments.push({ ...open, to });
    open = null;
  };
  const begin = (kind: SegmentKind, { phaseKey, round, ts }: Moment): void => {
    const isSame = open?.kind === kind && open.phaseKey === phaseKey;
    if (isSame && kind !== 'work') return;
    close(ts);
    open = { kind, phaseKey, round, from: ts };
  };
  for (const moment of moments) {
    const { type, ts } = moment;
    if (WORK.has(type)) begin('work', moment);
    else if (type === 'approval_requested') begin('people', moment);
    else if (type === 'run_paused') {
      isPaused = true;
      if (open === null) begin('held', moment);
    } else if (type === 'run_resumed') {
      isPaused = false;
      if ((open as Segment | null)?.kind === 'held') close(ts);
    } else if (REST.has(type) || END.has(type)) {
      close(ts);
      if (END.has(type)) isPaused = false;
      else if (isPaused) begin('held', moment);
    }
  }
  close(until);
  return segments;
}

/** Milliseconds of agents, of commands, and of waiting. */
export interface Times {
  agentsMs: number;
  checksMs: number;
  peopleMs: number;
  heldMs: number;
}

/**
 * How the time of a run, or of a phase, divides.
 *
 * @param commands - how long commands ran, within the work
 */
export function timesOf(segments: readonly Segment[], commands: readonly { durationMs: number }[]): Times {
  const sum = (kind: SegmentKind): number =>
    segments
      .filter((segment) => segment.kind === kind)
      .reduce((total, { from, to }) => total + Math.max(0, Date.parse(to) - Date.parse(from)), 0);
  const work = sum('work');
  const checksMs = Math.min(
    work,
    commands.reduce((total, { durationMs }) => total + durationMs, 0),
  );
  return { agentsMs: work - checksMs, checksMs, peopleMs: sum('people'), heldMs: sum('held') };
}
