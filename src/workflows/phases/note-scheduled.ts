import { proxySinks, workflowInfo } from '@temporalio/workflow';
import type { WorkerNotes } from '../../domain/worker-notes.js';

const { phases } = proxySinks<WorkerNotes>();

/** Lets the worker know of a phase that may have to wait for a place (src/temporal/waiting-phases.ts). */
export function noteScheduled(occurrence: string): void {
  if (!workflowInfo().unsafe.isReplaying) phases.scheduled(occurrence);
}
