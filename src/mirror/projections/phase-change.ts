import { RUN_ENDINGS, type RunEvent } from '../../domain/record/events.js';
import type { PhaseState } from '../../domain/run-state.js';
import { storedText } from '../postgres-text.js';

/** What an event changes in the rows of phases. */
export interface PhaseChange {
  phase?: {
    phaseKey: string;
    state: PhaseState;
    /** The phase began, perhaps again. What it did before doesn't count. */
    startedAt: string | null;
    endedAt: string | null;
    attempts: number;
    errorCode: string | null;
    reason: string | null;
    /** The pass of the phase that begins; null where it goes on. */
    round: number | null;
  };
  /** The phase `to` and those after it, up to `from`, run again. */
  sentBack?: { from: string; to: string; at: string };
  /** The run has not done the phases after this one. */
  resetTo?: string;
  /** The run has ended, and with it every phase. */
  end?: { at: string; errorCode: string | null };
}

/** What an event changes in the rows of phases (S13, S17). */
export function phaseChange(event: RunEvent): PhaseChange {
  const { type, phaseKey, payload, ts } = event;
  if (RUN_ENDINGS.includes(type)) return { end: { at: ts, errorCode: storedText(payload.code) } };
  if (type === 'sent_back')
    return { sentBack: { from: storedText(payload.from) ?? '', to: storedText(payload.to) ?? '', at: ts } };
  const state = stateAfter(type);
  if (phaseKey === null || state === null) return {};
  return {
    phase: { phaseKey, state, ...detailsOf(event, state) },
    ...(type === 'run_reset' ? { resetTo: phaseKey } : {}),
  };
}

function stateAfter(type: RunEvent['type']): PhaseState | null {
  switch (type) {
    case 'phase_started':
    case 'run_reset':
    case 'prompt_repaired':
    case 'revision_started':
      return 'running';
    case 'artifact_validated':
    case 'artifact_invalid':
    case 'artifact_timeout':
    case 'artifact_missing':
    case 'checks_failed':
      return 'validating';
    case 'approval_requested':
      return 'awaiting_approval';
    case 'phase_completed':
      return 'completed';
    case 'phase_failed':
      return 'failed';
    case 'phase_skipped':
      return 'skipped';
    default:
      return null;
  }
}

type Details = Omit<NonNullable<PhaseChange['phase']>, 'phaseKey' | 'state'>;

function detailsOf({ type, payload, ts }: RunEvent, state: PhaseState): Details {
  // it begins again after a person dealt with a failure: the same phase goes on
  const begins = (type === 'phase_started' && payload.again !== true) || type === 'run_reset';
  const failed = state === 'failed';
  const ended = state === 'completed' || failed || state === 'skipped';
  return {
    round: begins && Number.isSafeInteger(payload.round) ? (payload.round as number) : null,
    startedAt: begins ? ts : null,
    endedAt: ended ? ts : null,
    attempts: attemptsIn(type, payload),
    errorCode: failed ? storedText(payload.code) : null,
    reason: failed || state === 'skipped' ? (storedText(payload.message) ?? storedText(payload.reason)) : null,
  };
}

/** The events that say which attempt it was. */
const COUNTED: ReadonlySet<RunEvent['type']> = new Set([
  'artifact_validated',
  'artifact_invalid',
  'artifact_timeout',
  'artifact_missing',
  'checks_failed',
]);

function attemptsIn(type: RunEvent['type'], payload: RunEvent['payload']): number {
  const counts = COUNTED.has(type);
  // the provider may make a phase fail within an attempt
  const said = counts ? payload.attempt : type === 'phase_failed' ? payload.attempts : 0;
  return typeof said === 'number' ? said : 0;
}
