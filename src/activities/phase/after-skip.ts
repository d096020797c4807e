import { log } from '@temporalio/activity';
import { leaveBehind } from '../../workspace/worktree/leave-behind.js';
import type { PhaseRun } from './phase-run.js';

/** The first phase after a skipped one finds the files of the run's last commit, not what nothing has proven. */
export async function leaveSkippedWork({ task, folder }: PhaseRun, signal: AbortSignal): Promise<void> {
  const { skipped, run, phase } = task;
  if (!skipped) return;
  const kept = await leaveBehind({ root: folder.root, runId: run.runId, ...skipped, signal });
  if (kept.length > 0)
    log.info('the work of a phase that was skipped is left behind', {
      phase: phase.key,
      skipped: skipped.phaseKey,
      refs: kept.map(({ ref }) => ref),
    });
}
