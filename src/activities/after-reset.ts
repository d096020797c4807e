import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { log } from '@temporalio/activity';
import type { Reservation } from '../domain/budget.js';
import { resetKey } from '../domain/event-keys.js';
import type { PhaseTask } from '../domain/phase-contract.js';
import type { Mirror } from '../mirror/types.js';
import { nullIfMissing } from '../workspace/disk-failure.js';
import { moveAside } from '../workspace/move-aside.js';
import { isBehindReset, returnToCommit } from '../workspace/return-to-commit.js';
import type { RunFolder } from '../workspace/run-folder.js';

/**
 * After a reset the run's folder holds what came later than the point of the reset: the agents must not find it. The
 * artifacts are moved aside (those that count are put back from the mirror), branch and worktree go back to where history has them.
 *
 * @returns what was paid for work that the reset undid: it still counts against the budget
 */
export async function returnToHistory(mirror: Mirror, { run, head, phase, budget }: PhaseTask, folder: RunFolder, signal: AbortSignal): Promise<Reservation> {
  const place = { root: folder.root, runId: run.runId, executionRunId: run.executionRunId };
  if (!(await isBehindReset(place))) return { microUsd: 0, tokens: 0 };
  for (const name of (await readdir(folder.artifacts).catch(nullIfMissing)) ?? []) await moveAside(folder.root, path.join(folder.artifacts, name));
  const returned = await returnToCommit({ ...place, head, signal });
  log.warn('the folder of the run is back where the reset begins', { head, ...returned });
  const payload = { head, from: returned?.from ?? head, keptAs: returned?.keptAs ?? null };
  await mirror.appendEvents(run, [{ type: 'run_reset', phaseKey: phase.key, payload, idempotencyKey: resetKey(run.executionRunId), ts: new Date().toISOString() }]);
  // history forgets what was paid behind the point of the reset; the ledger does not
  const paid = await mirror.readUsage(run.runId);
  return { microUsd: Math.max(0, paid.costMicroUsd - budget.spent.microUsd), tokens: Math.max(0, paid.inputTokens + paid.outputTokens - budget.spent.tokens) };
}
