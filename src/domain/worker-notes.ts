/**
 * What a run lets the worker know that works on it, through Temporal's sinks. Nothing of it stands in history, and
 * nothing depends on it: it may be lost, or tell of what a failed workflow task did.
 */
export type WorkerNotes = {
  phases: {
    /** A phase was handed to Temporal, and with it events that it writes as it begins. */
    scheduled(occurrence: string): void;
  };
};
