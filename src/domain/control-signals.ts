import { limitFault } from './money/budget.js';
import { cut } from './failures.js';
import { readMessage, type Malformed } from './message-payload.js';

/** Signals that steer the run itself, and decide no gate. */
export const CONTROL_ACTIONS = ['pause', 'resume', 'retry', 'skip'] as const;

export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** A control signal as it came. It is known to be well formed. */
export interface Control {
  action: ControlAction;
  by?: string;
  /** For `retry`: the text that the agent is told. */
  comment?: string;
  /** For `retry`: a new budget for the whole run, in US dollars. */
  budgetUsd?: number;
  /** The same, in tokens. */
  budgetTokens?: number;
}

const MAX_TEXT = { by: 200, comment: 10_000 } as const;

/**
 * Reads the payload of a control signal. It never throws, whatever was sent.
 *
 * @param payload - nothing, or an object with the optional fields of {@link Control}
 */
export function parseControl(action: ControlAction, payload: unknown): Control | Malformed {
  if (payload === undefined || payload === null) return { action };
  const read = readMessage(payload, '{"by": "ann"}');
  if ('malformed' in read) return read;
  const control: Control = { action };
  for (const [key, value] of Object.entries(read.fields)) {
    if (value === null) continue;
    if (key === 'by' || key === 'comment') {
      if (typeof value !== 'string' || value.length > MAX_TEXT[key])
        return { malformed: `${key} must be a string of at most ${MAX_TEXT[key]} characters` };
      control[key] = value;
    } else if ((key === 'budgetUsd' || key === 'budgetTokens') && action === 'retry') {
      const fault = limitFault(key, value);
      if (fault) return { malformed: fault };
      control[key] = value as number;
    } else return { malformed: `unknown field ${JSON.stringify(cut(key, 60))} for ${action}` };
  }
  return control;
}
