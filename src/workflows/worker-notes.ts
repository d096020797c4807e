import { proxySinks, workflowInfo, type Sinks } from '@temporalio/workflow';

/** What a run lets the worker know that works on it. Nothing depends on it: it may be lost, and nothing stands in history. */
export interface WorkerNotes extends Sinks {
  phases: {
    /** A phase was handed to Temporal, and with it events that it writes as it begins. */
    scheduled(occurrence: string): void;
  };
}

const { phases } = proxySinks<WorkerNotes>();

/** Lets the worker know of a phase that may have to wait for a place (src/temporal/waiting-phases.ts). */
export function noteScheduled(occurrence: string): void {
  if (!workflowInfo().unsafe.isReplaying) phases.scheduled(occurrence);
}
