import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { CONTROL_ACTIONS } from '../domain/control-signals.js';
import { cut } from '../domain/failures.js';
import { DECISION_ACTIONS } from '../domain/gate-decisions.js';
import { nearestName } from '../domain/text/nearest-name.js';
import type { Decisions } from './decisions.js';
import {
  controlSignals,
  decideUpdate,
  DECIDE_DESCRIPTION,
  decisionSignals,
  STATUS_DESCRIPTION,
  statusQuery,
} from './messages.js';
import type { RunControl } from './run-control.js';
import type { LiveRun } from './live-run.js';
import { signalIntake } from './signal-intake.js';

/**
 * Answers every message from the first workflow task on. Call it before the first await, because a signal may be there
 * already. No payload, whatever its shape, makes a handler throw.
 */
export function listen(live: LiveRun, decisions: Decisions, control: RunControl): void {
  const receive = (name: string, payload: unknown): void | Promise<void> => {
    const decision = DECISION_ACTIONS.find((action) => action === name);
    if (decision) return decisions.receive(decision, payload);
    const action = CONTROL_ACTIONS.find((known) => known === name);
    return action ? control.receive(action, payload) : ignoreUnknown(decisions, name);
  };
  setHandler(statusQuery, () => live.status, { description: STATUS_DESCRIPTION });
  // this comes first, and for all names: signals that are there already are then handed over in the order of arrival,
  // and not in the order of the handlers below
  setDefaultSignalHandler(receive);
  for (const [name, { signal, description }] of Object.entries({ ...decisionSignals, ...controlSignals })) {
    setHandler(signal, (payload) => receive(name, payload), { description });
  }
  signalIntake.listen(receive);
  setHandler(decideUpdate, (payload) => decisions.update(payload), {
    description: DECIDE_DESCRIPTION,
    validator: (payload) => decisions.validate(payload),
  });
}

function ignoreUnknown(decisions: Decisions, name: string): void {
  decisions.ignore(name, 'unknown_signal', () => {
    const nearest = nearestName(name, [...DECISION_ACTIONS, ...CONTROL_ACTIONS]);
    return `there is no signal ${cut(name, 100)}${nearest ? `; did you mean ${nearest}?` : ''}`;
  });
}
