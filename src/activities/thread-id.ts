import { GRAPH_VERSION } from '../domain/names.js';
import type { RunRef } from '../domain/run-state.js';

/**
 * LangGraph's thread of a phase (S21). An execution after a reset does the phase anew, so it gets a thread of its own.
 */
export function threadIdOf(run: RunRef, phaseKey: string): string {
  const again = run.executionRunId === run.runId ? '' : `:x${run.executionRunId}`;
  return `run:${run.runId}:phase:${phaseKey}:g${GRAPH_VERSION}${again}`;
}
