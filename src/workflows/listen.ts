import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { ControlAction } from '../domain/control-signals.js';
import { cut } from '../domain/failures.js';
import type { DecisionAction } from '../domain/gate-decisions.js';
import { nearestName } from '../domain/nearest-name.js';
import type { Decisions } from './decisions.js';
import { controlSignals, decideUpdate, DECIDE_DESCRIPTION, decisionSignals, STATUS_DESCRIPTION, statusQuery } from './messages.js';
import type { RunControl } from './run-control.js';
import type { RunModel } from './run-model.js';

/**
 * Answers every message from the first workflow task on: must be called before the first await, since a signal may be
 * there already. No payload, whatever its shape, makes a handler throw.
 */
export function listen(model: RunModel, decisions: Decisions, control: RunControl): void {
  setHandler(statusQuery, () => model.status, { description: STATUS_DESCRIPTION });
  setHandler(decideUpdate, (payload) => decisions.update(payload), {
    description: DECIDE_DESCRIPTION,
    validator: (payload) => decisions.validate(payload),
  });
  for (const [action, { signal, description }] of Object.entries(decisionSignals)) {
    setHandler(signal, (payload) => decisions.receive(action as DecisionAction, payload), { description });
  }
  for (const [action, { signal, description }] of Object.entries(controlSignals)) {
    setHandler(signal, (payload) => control.receive(action as ControlAction, payload), { description });
  }
  setDefaultSignalHandler((name) => {
    const nearest = nearestName(name, Object.keys({ ...decisionSignals, ...controlSignals }));
    decisions.ignore(name, 'unknown_signal', `there is no signal ${cut(name, 100)}${nearest ? `; did you mean ${nearest}?` : ''}`);
  });
}
