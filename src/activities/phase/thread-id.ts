import type { RunRef } from '../../domain/run-state.js';

/**
 * The name of a phase's conversation (S21). An execution after a reset does the phase anew, so it gets a conversation
 * of its own, and so does each round of it.
 */
export function threadIdOf(run: RunRef, phaseKey: string, round: number): string {
  const ofRound = round > 1 ? `:r${round}` : '';
  const again = run.executionRunId === run.runId ? '' : `:x${run.executionRunId}`;
  return `run:${run.runId}:phase:${phaseKey}${ofRound}${again}`;
}
