import type { RunEvent } from './events.js';
import type { Plan } from './plan.js';
import type { PhaseOutcome, PhaseTask } from './phase-contract.js';
import type { RunRef } from './run-state.js';

/** How a run ended, as its report tells it. */
export interface RunEnding {
  state: 'completed' | 'failed' | 'aborted';
  error: { code: string; message: string } | null;
}

/** The activities that the workflow calls. The workflow knows these types and nothing of what is behind them. */
export interface Activities {
  /** Checks everything a run needs and settles it; fails at once with a code where something is wrong. */
  planRun(run: RunRef, input: unknown): Promise<Plan>;
  /** Lets a phase's agent work until its artifact is valid. */
  executePhase(task: PhaseTask): Promise<PhaseOutcome>;
  /** Writes events to the mirror; repeating it adds nothing. */
  recordEvents(run: RunRef, events: RunEvent[]): Promise<void>;
  /** Writes the last events and the report; gives the path of the report, null where the disk refused it. */
  closeRun(run: RunRef, events: RunEvent[], ending: RunEnding): Promise<{ reportPath: string | null }>;
  /** Asks Temporal to cancel this run: how an abort comes to close as Canceled. */
  requestCancellation(run: RunRef): Promise<void>;
}
