/** States of a run (S17). */
export type RunState = 'created' | 'executing' | 'paused' | 'completed' | 'failed' | 'aborted';

/** States of a phase (S17). */
export type PhaseState =
  'pending' | 'running' | 'validating' | 'awaiting_approval' | 'completed' | 'failed' | 'skipped';

/** The run that a record belongs to. */
export interface RunRef {
  /** Temporal's first execution run id (UUID). It stays the same after `temporal workflow reset`. */
  runId: string;
  /** The workflow id: the name that people gave the run. */
  workflowId: string;
  /** The execution that acts now. After a reset it is another one. */
  executionRunId: string;
}

/** How a run ended, as its report says. */
export interface RunEnding {
  state: 'completed' | 'failed' | 'aborted';
  error: { code: string; message: string } | null;
  /** The phase that did not get through, and its last attempt that is known. */
  unfinished?: { phaseKey: string; attempt: number };
}

/** Whether a run in this state has ended. */
export function isTerminal(state: RunState): boolean {
  return state === 'completed' || state === 'failed' || state === 'aborted';
}
