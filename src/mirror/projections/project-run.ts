import type { RunEvent } from '../../domain/record/events.js';
import type { RunState } from '../../domain/run-state.js';
import { storedText } from '../postgres-text.js';

/** What a batch of events changes in the run's row: what is not named stays. */
export type RunChange = Partial<{
  state: RunState;
  startedAt: string;
  endedAt: string | null;
  errorCode: string | null;
  errorMessage: string | null;
}>;

/** The state that the newest of a batch of events gives the run (S17). */
export function projectRun(events: readonly RunEvent[]): RunChange {
  const change: RunChange = {};
  for (const event of events) Object.assign(change, changeOf(event));
  return change;
}

/**
 * What goes on may still be held by something else: by a pause, by a failed phase that waits for help, or not be
 * planned yet.
 */
function openState({ state }: RunEvent['payload']): RunState {
  return state === 'paused' || state === 'created' ? state : 'executing';
}

const OPEN_AGAIN = { endedAt: null, errorCode: null, errorMessage: null };

function changeOf({ type, payload, ts }: RunEvent): RunChange {
  switch (type) {
    case 'run_created':
      return { state: 'created' };
    case 'run_started':
      return { state: openState(payload), startedAt: ts, ...OPEN_AGAIN };
    case 'run_resumed':
      return { state: openState(payload), ...OPEN_AGAIN };
    // the first event of a run that goes on after a reset
    case 'phase_started':
    case 'run_reset':
      return { state: 'executing', ...OPEN_AGAIN };
    case 'run_paused':
      return { state: 'paused' };
    case 'run_completed':
      return { state: 'completed', endedAt: ts, errorCode: null, errorMessage: null };
    case 'run_failed':
      return {
        state: 'failed',
        endedAt: ts,
        errorCode: storedText(payload.code),
        errorMessage: storedText(payload.message),
      };
    case 'run_aborted':
      return {
        state: 'aborted',
        endedAt: ts,
        errorCode: storedText(payload.code) ?? 'run_aborted',
        errorMessage: storedText(payload.reason),
      };
    default:
      return {};
  }
}
