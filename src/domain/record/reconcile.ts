import { reconciledKey } from './event-keys.js';
import { RUN_ENDINGS, type RunEvent } from './events.js';
import type { RunState, RunEnding } from '../run-state.js';

/** How far reconciling has come for a task queue. */
export interface ReconcileMark {
  /** ISO 8601, by Temporal's clock. Runs that closed before that time are closed in the mirror. */
  lookedUntil: string;
  /** Run id: how far the search through all runs has come; null at its beginning. See {@link SWEPT_AT_ONCE}. */
  sweptTo: string | null;
}

/** A part of a reconciling pass. */
export interface ReconcilePage {
  /** The end of the page before; null for the first page. */
  after: string | null;
  /** In milliseconds. Runs that changed less than this ago are left alone, because they may just be closing. */
  settleMs: number;
  /**
   * Which runs: all without an end or a report, this many a page; or those that Temporal closed after this time (ISO
   * 8601; null: at any time).
   */
  of: { all: number } | { closedSince: string | null };
}

/** A part of a look for runs that were reset. */
export interface ReopenedLook {
  after: string | null;
  settleMs: number;
  /** Those that began after this time (ISO 8601); null: all that are open. */
  openedSince: string | null;
}

/** A run that a pass closed in the mirror. */
export interface ClosedRun {
  runId: string;
  workflowId: string;
  state: RunEnding['state'];
  code: string | null;
}

/** A run that a pass could not close. The next pass tries again. */
export interface UnclosedRun {
  runId: string;
  workflowId: string;
  message: string;
}

export interface ReconciledPage {
  looked: number;
  closed: ClosedRun[];
  failed: UnclosedRun[];
  /** When the earliest of the runs closed that this page left for a later pass (ISO 8601); null when it left none. */
  leftSince: string | null;
  next: string | null;
}

/**
 * A run that has ended in the mirror and is open in Temporal: it was reset, and has not written its first event yet.
 */
export interface ReopenedRun {
  runId: string;
  workflowId: string;
  mirrorState: RunState;
}

export interface ReopenedPage {
  reopened: ReopenedRun[];
  next: string | null;
}

/** The result of a whole pass. The lists are cut, but the counts are not. */
export interface ReconcileResult {
  looked: number;
  closedCount: number;
  closed: ClosedRun[];
  failed: UnclosedRun[];
  reopened: ReopenedRun[];
}

/** Default of {@link ReconcilePage.settleMs}. */
export const SETTLE_MS = 60_000;
/**
 * A pass looks this far back behind the mark: lists may be late, the clocks of Temporal's hosts may differ, and the
 * mirror may have been away when a run closed. Looking twice adds nothing, and costs one query for a hundred runs.
 */
export const OVERLAP_MS = 3_600_000;

/** Number of runs that a page of a full pass looks at. */
export const LOOKED_AT_ONCE = 100;
/**
 * Number of runs without an end that every pass looks at besides. It goes on where the pass before stopped. They are
 * needed because runs that Temporal has deleted are never among those that closed. With a larger number, the cost of a
 * pass would grow with the runs that wait.
 */
export const SWEPT_AT_ONCE = 50;

/** The times of a pass. */
export interface MarkedPass {
  /** When the pass began, by Temporal's clock, in milliseconds since 1970. */
  beganAt: number;
  settleMs: number;
  /** Where the mark was then; null before the first pass. */
  mark: ReconcileMark | null;
}

/**
 * A pass asks for runs that closed after this time (ISO 8601); null: at any time. A mark in the future was made by a
 * clock that was wrong.
 */
export function lookSince({ beganAt, mark }: Pick<MarkedPass, 'beganAt' | 'mark'>): string | null {
  const markedAt = mark === null ? NaN : Date.parse(mark.lookedUntil);
  return markedAt <= beganAt ? new Date(markedAt - OVERLAP_MS).toISOString() : null;
}

/**
 * The time until which a complete pass has looked.
 *
 * @param leftSince - when the earliest run closed that the pass left, see {@link ReconciledPage.leftSince}
 */
export function lookedUntil({ beganAt, settleMs }: MarkedPass, leftSince: string | null): string {
  const looked = new Date(beganAt - settleMs).toISOString();
  return earlier(leftSince, looked) ?? looked;
}

/** The earlier of two times (ISO 8601). null stands for no time. */
export function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) <= Date.parse(b) ? a : b;
}

/**
 * The events that a run handed over before it was ended from outside, and that nobody wrote, because its phase had not
 * begun or the mirror was away. An ending of its own is not among them, because the run did not end in that way.
 *
 * @param sent - the events of the execution that ended, in order
 */
export function untoldEvents(sent: readonly RunEvent[], storedKeys: ReadonlySet<string>): RunEvent[] {
  const lastTold = sent.findLastIndex(({ idempotencyKey }) => storedKeys.has(idempotencyKey));
  return sent.slice(lastTold + 1).filter(({ type }) => !RUN_ENDINGS.includes(type));
}

/**
 * The event that ends a run when nobody has written one. Its key and its content depend only on how the execution
 * ended. So any number of passes, at once or one after another, add one event.
 *
 * @param ending - as Temporal has it
 * @param executionRunId - the execution that ended
 * @param ts - ISO 8601: when it ended
 */
export function closingEvent({ state, error }: RunEnding, executionRunId: string, ts: string): RunEvent {
  const code = error?.code ?? null;
  const message = error?.message ?? null;
  const base = { phaseKey: null, idempotencyKey: reconciledKey(executionRunId, code ?? state), ts };
  switch (state) {
    case 'completed':
      return { ...base, type: 'run_completed', payload: { reconciled: true } };
    case 'aborted':
      return {
        ...base,
        type: 'run_aborted',
        payload: { code, reason: message, by: null, comment: null, reconciled: true },
      };
    case 'failed':
      return {
        ...base,
        type: 'run_failed',
        payload: { code, kind: 'human_required', message, phase: null, attempts: 0, errors: [], reconciled: true },
      };
  }
}
