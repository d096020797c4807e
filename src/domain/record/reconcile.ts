import { reconciledKey } from './event-keys.js';
import { RUN_ENDINGS, type RunEvent } from './events.js';
import type { RunState, RunEnding } from '../run-state.js';

/** How far reconciling has come for a task queue. */
export interface ReconcileMark {
  /** ISO 8601, by Temporal's clock: what closed before that is closed in the mirror. */
  lookedUntil: string;
  /** Run id: how far the sweep has come; null at its beginning. See {@link SWEPT_AT_ONCE}. */
  sweptTo: string | null;
}

/** A part of a reconciling pass. */
export interface ReconcilePage {
  /** Where the page before ended; null for the first. */
  after: string | null;
  /** What changed less than this ago is left alone, in milliseconds: it may just be closing. */
  settleMs: number;
  /**
   * Every run without an end or a report, so many a page; or those that Temporal closed since then (ISO 8601; null:
   * since ever).
   */
  of: { all: number } | { closedSince: string | null };
}

/** A part of a look for runs that were reset. */
export interface ReopenedLook {
  after: string | null;
  settleMs: number;
  /** Those that began since then (ISO 8601); null: all that are open. */
  openedSince: string | null;
}

/** A run that a pass closed in the mirror. */
export interface ClosedRun {
  runId: string;
  workflowId: string;
  state: RunEnding['state'];
  code: string | null;
}

/** A run that a pass could not close; the next one tries again. */
export interface UnclosedRun {
  runId: string;
  workflowId: string;
  message: string;
}

export interface ReconciledPage {
  looked: number;
  closed: ClosedRun[];
  failed: UnclosedRun[];
  /** When the earliest of those that this page left for a later pass closed (ISO 8601); null when it left none. */
  leftSince: string | null;
  next: string | null;
}

/** A run that the mirror holds for ended and Temporal for open: after a reset, until it writes its first event. */
export interface ReopenedRun {
  runId: string;
  workflowId: string;
  mirrorState: RunState;
}

export interface ReopenedPage {
  reopened: ReopenedRun[];
  next: string | null;
}

/** What a whole pass found. The lists are cut; the counts are not. */
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
 * So far a pass looks back behind the mark: for lists that lag behind, clocks of Temporal's hosts that differ, and a
 * mirror that was
 * away when a run closed. Looking twice adds nothing and costs a query for a hundred runs.
 */
export const OVERLAP_MS = 3_600_000;

/** So many runs a page of a full pass looks at. */
export const LOOKED_AT_ONCE = 100;
/**
 * So many runs without an end every pass looks at besides, going on where the one before stopped: what Temporal has
 * deleted is never
 * among what closed. More would let the cost of a pass follow the runs that wait.
 */
export const SWEPT_AT_ONCE = 50;

/** A pass by the clock. */
export interface MarkedPass {
  /** When the pass began, by Temporal's clock, in milliseconds since 1970. */
  beganAt: number;
  settleMs: number;
  /** Where the mark was then; null before the first pass. */
  mark: ReconcileMark | null;
}

/**
 * Since when a pass asks for what closed (ISO 8601); null: since ever. A mark in the future is of a clock that was
 * wrong.
 */
export function lookSince({ beganAt, mark }: Pick<MarkedPass, 'beganAt' | 'mark'>): string | null {
  const markedAt = mark === null ? NaN : Date.parse(mark.lookedUntil);
  return markedAt <= beganAt ? new Date(markedAt - OVERLAP_MS).toISOString() : null;
}

/**
 * Until when a complete pass has looked.
 *
 * @param leftSince - when the earliest run closed that the pass left, see {@link ReconciledPage.leftSince}
 */
export function lookedUntil({ beganAt, settleMs }: MarkedPass, leftSince: string | null): string {
  const looked = new Date(beganAt - settleMs).toISOString();
  return earlier(leftSince, looked) ?? looked;
}

/** The earlier of two times (ISO 8601); null is none. */
export function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) <= Date.parse(b) ? a : b;
}

/**
 * What a run handed over before it ended without a word, and nobody wrote: its phase had not begun, or the mirror was
 * away. An ending
 * of its own is none of it, since it did not come about.
 *
 * @param sent - by the execution that ended, in order
 */
export function untoldEvents(sent: readonly RunEvent[], storedKeys: ReadonlySet<string>): RunEvent[] {
  const lastTold = sent.findLastIndex(({ idempotencyKey }) => storedKeys.has(idempotencyKey));
  return sent.slice(lastTold + 1).filter(({ type }) => !RUN_ENDINGS.includes(type));
}

/**
 * The event that ends a run for which nobody wrote one. Its key and its content depend on nothing but how the execution
 * ended, so that any number of passes, at once or one after another, add one event.
 *
 * @param ending - as Temporal tells it
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
