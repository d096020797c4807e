import type { RunEvent } from '../../domain/record/events.js';
import type { RunRef } from '../../domain/run-state.js';
import { projectApprovals } from './project-approvals.js';
import { projectPhases } from './project-phases.js';
import { projectRun } from './project-run.js';
import type { Db } from '../runs.js';

/**
 * What a batch of events makes of the tables that are made from events: the JSON that the function `apply_run_changes`
 * takes (prisma/migrations).
 */
export function changesOf({ executionRunId }: RunRef, events: readonly RunEvent[]): string {
  return JSON.stringify({
    executionRunId,
    run: projectRun(events),
    ...projectPhases(events),
    ...projectApprovals(events),
  });
}

/**
 * Brings the tables that are made from events up to date with new ones that are there already.
 *
 * @param eventSeq - number of the last of them
 */
export async function projectEvents(db: Db, run: RunRef, eventSeq: number, events: readonly RunEvent[]): Promise<void> {
  await db.$executeRaw`SELECT public.apply_run_changes(${run.runId}::uuid, ${eventSeq}::int, ${changesOf(run, events)}::jsonb)`;
}
