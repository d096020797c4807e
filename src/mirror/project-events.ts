import type { RunEvent } from '../domain/events.js';
import type { RunRef } from '../domain/run-state.js';
import { projectApprovals } from './project-approvals.js';
import { projectPhases } from './project-phases.js';
import { projectRun } from './project-run.js';
import type { Db } from './runs.js';

/**
 * Brings the tables that are made from events up to date with new ones.
 *
 * @param eventSeq - number of the last of them
 */
export async function projectEvents(db: Db, run: RunRef, eventSeq: number, events: readonly RunEvent[]): Promise<void> {
  await projectPhases(db, run.runId, events);
  await projectApprovals(db, run.runId, events);
  await projectRun(db, run, eventSeq, events);
}
