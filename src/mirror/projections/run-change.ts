import type { RunEvent } from '../../domain/record/events.js';
import { isMoney } from '../../domain/money/amount.js';
import type { Limits } from '../../domain/money/budget.js';
import type { RunState } from '../../domain/run-state.js';
import { storedText } from '../postgres-text.js';

/** What an event changes in the run's row. */
export interface RunChange {
  run?: Partial<{
    state: RunState;
    startedAt: string;
    endedAt: string | null;
    errorCode: string | null;
    errorMessage: string | null;
  }>;
  /** Only where the run has ended. */
  ifEnded?: true;
  /** The run's limits from now on. */
  budget?: Limits;
}

/**
 * A run that goes on may still be held by something else, a pause or a failed phase that waits for help. Or it is not
 * planned yet.
 */
function openState({ state }: RunEvent['payload']): RunState {
  return state === 'paused' || state === 'created' ? state : 'executing';
}

const OPEN_AGAIN = { endedAt: null, errorCode: null, errorMessage: null };

/** The state and the budget that an event gives the run (S17, S24). */
export function runChange(event: RunEvent): RunChange {
  const { budgetMicroUsd, budgetTokens } = event.payload;
  if (budgetMicroUsd === undefined || budgetTokens === undefined) return stateChange(event);
  const microUsd = isMoney(budgetMicroUsd) && Number.isSafeInteger(Number(budgetMicroUsd)) ? budgetMicroUsd : null;
  const tokens = Number.isSafeInteger(budgetTokens) ? (budgetTokens as number) : null;
  return { ...stateChange(event), budget: { microUsd, tokens } };
}

function stateChange({ type, payload, ts }: RunEvent): RunChange {
  switch (type) {
    case 'run_created':
      return { run: { state: 'created' } };
    case 'run_started':
      return { run: { state: openState(payload), startedAt: ts, ...OPEN_AGAIN } };
    // the last three may be the first event of a run that goes on after a reset
    case 'run_resumed':
    case 'phase_started':
    case 'revision_started':
    case 'sent_back':
      return { run: { state: openState(payload), ...OPEN_AGAIN } };
    // the phase's activity writes this as the phase begins: people may have paused the run since
    case 'run_reset':
      return { run: { state: 'executing', ...OPEN_AGAIN }, ifEnded: true };
    case 'run_paused':
      return { run: { state: 'paused' } };
    case 'run_completed':
      return { run: { state: 'completed', endedAt: ts, errorCode: null, errorMessage: null } };
    case 'run_failed': {
      const [errorCode, errorMessage] = [storedText(payload.code), storedText(payload.message)];
      return { run: { state: 'failed', endedAt: ts, errorCode, errorMessage } };
    }
    case 'run_aborted': {
      const [errorCode, errorMessage] = [storedText(payload.code) ?? 'run_aborted', storedText(payload.reason)];
      return { run: { state: 'aborted', endedAt: ts, errorCode, errorMessage } };
    }
    default:
      return {};
  }
}
