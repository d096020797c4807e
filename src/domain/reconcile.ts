import type { RunEnding } from './activity-contract.js';
import { reconciledKey } from './event-keys.js';
import { RUN_ENDINGS, type RunEvent } from './events.js';
import type { RunState } from './run-state.js';

/** A part of a reconciling pass. */
export interface ReconcilePage {
  /** Where the page before ended; null for the first. */
  after: string | null;
  /** What changed less than this ago is left alone, in milliseconds: it may just be closing. */
  settleMs: number;
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
  /** False where the pass ended at its bound: the next one goes on with what is left. */
  complete: boolean;
}

/** Default of {@link ReconcilePage.settleMs}. */
export const SETTLE_MS = 60_000;

/**
 * What a run handed over before it ended without a word, and nobody wrote: its phase had not begun, or the mirror was away. An ending
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
      return { ...base, type: 'run_aborted', payload: { code, reason: message, by: null, comment: null, reconciled: true } };
    case 'failed':
      return { ...base, type: 'run_failed', payload: { code, kind: 'human_required', message, phase: null, attempts: 0, errors: [], reconciled: true } };
  }
}
