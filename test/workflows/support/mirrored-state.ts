import type { RunEvent } from '../../../src/domain/record/events.js';
import { isTerminal, type RunState } from '../../../src/domain/run-state.js';
import { runChange } from '../../../src/mirror/projections/run-change.js';

/** The state that the mirror gives a run with these events. */
export function mirroredState(events: readonly RunEvent[]): RunState {
  return events.reduce<RunState>((state, event) => {
    const { run, ifEnded } = runChange(event);
    return ifEnded && !isTerminal(state) ? state : (run?.state ?? state);
  }, 'created');
}
