import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { log } from '@temporalio/activity';
import { resetKey } from '../../domain/record/event-keys.js';
import { budgetPayload } from '../../domain/record/events.js';
import type { PhaseTask } from '../../domain/phase-contract.js';
import type { Mirror } from '../../mirror/types.js';
import { nullIfMissing } from '../../workspace/disk-failure.js';
import { moveAside } from '../../workspace/move-aside.js';
import {
  isBehindReset,
  noteReturned,
  returnToCommit,
  type Returned,
} from '../../workspace/worktree/return-to-commit.js';
import type { PhaseRun } from './phase-run.js';

/**
 * After a reset the run's folder holds what came later than the point of the reset, and the agents must not find it.
 * The artifacts are moved aside; those that count are put back from the mirror. Branch and worktree go back to where
 * history has them. The event is written before the folder is marked: after a crash between the two, both are done
 * again. A worker that has no folder of the run makes one, and writes the event.
 */
export async function returnToHistory({ deps, task, folder }: PhaseRun, signal: AbortSignal): Promise<void> {
  const { run, head } = task;
  if (run.executionRunId === run.runId) return;
  const place = { root: folder.root, runId: run.runId, executionRunId: run.executionRunId };
  const isBehind = await isBehindReset(place);
  if (isBehind) {
    for (const name of (await readdir(folder.artifacts).catch(nullIfMissing)) ?? [])
      await moveAside(folder.root, path.join(folder.artifacts, name));
  }
  const returned = isBehind ? await returnToCommit({ ...place, head, signal }) : null;
  await recordReset(deps.mirror, task, returned);
  if (!isBehind) return;
  log.warn('the folder of the run is back where the reset begins', { head, ...returned });
  await noteReturned(place);
}

/** Writes it once for each execution, with the budget that history has at the point of the reset. */
async function recordReset(mirror: Mirror, task: PhaseTask, returned: Returned | null): Promise<void> {
  const { run, head, phase, budget } = task;
  const idempotencyKey = resetKey(run.executionRunId);
  if (await mirror.hasEvent(run.runId, idempotencyKey)) return;
  const payload = {
    head,
    from: returned?.from ?? head,
    keptAs: returned?.keptAs ?? null,
    ...budgetPayload(budget.limits),
  };
  await mirror.appendEvents(run, [
    { type: 'run_reset', phaseKey: phase.key, payload, idempotencyKey, ts: new Date().toISOString() },
  ]);
}
