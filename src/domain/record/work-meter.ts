import type { ModelCall } from './model-call.js';
import type { RunEvent } from './events.js';

/** It is told what a worker does, for its metrics. It must not fail, and it is quick. */
export interface WorkMeter {
  /** Events that the mirror did not have before. */
  eventsWritten(events: readonly RunEvent[]): void;
  /** A model call that ended, well or not. @param template - the name of the run's template */
  modelCallEnded(call: ModelCall, template: string): void;
}

/** Where nobody counts. */
export const NO_METER: WorkMeter = { eventsWritten: () => {}, modelCallEnded: () => {} };
