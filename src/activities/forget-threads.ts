import type { Report } from '../domain/report.js';
import type { RunRef } from '../domain/run-state.js';
import type { ActivityDeps } from './deps.js';
import { threadIdOf } from './thread-id.js';

/**
 * Deletes the conversations of a run that has ended: they have served, and nothing expires by itself. A reset of the run
 * begins new ones.
 *
 * @param run - as the execution that ended knows it
 */
export async function forgetThreads({ mirror, checkpointer }: Pick<ActivityDeps, 'mirror' | 'checkpointer'>, run: RunRef, { phases }: Pick<Report, 'phases'>): Promise<void> {
  const first = { ...run, executionRunId: run.runId };
  // a thread may have been begun and have no call yet
  const begun = phases.flatMap(({ key }) => [threadIdOf(first, key), threadIdOf(run, key)]);
  await (await checkpointer()).deleteThreads([...new Set([...begun, ...(await mirror.listThreads(run.runId))])]);
}
