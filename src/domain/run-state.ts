/** States of a run (S17). */
export type RunState = 'created' | 'executing' | 'paused' | 'completed' | 'failed' | 'aborted';

/** States of a phase (S17). */
export type PhaseState =
  'pending' | 'running' | 'validating' | 'awaiting_approval' | 'completed' | 'failed' | 'skipped';

/** Which run a record belongs to. */
export interface RunRef {
  /** Temporal's first execution run id (UUID): survives `temporal workflow reset`. */
  runId: string;
  /** The human's name for the run. */
  workflowId: string;
  /** The execution that acts now; another one after a reset. */
  executionRunId: string;
}

/** How a run ended, as its report tells it. */
export interface RunEnding {
  state: 'completed' | 'failed' | 'aborted';
  error: { code: string; message: string } | null;
}

/** Whether a run in this state has ended. */
export function isTerminal(state: RunState): boolean {
  return state === 'completed' || state === 'failed' || state === 'aborted';
}
