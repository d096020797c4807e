import { ApplicationFailure, CancelledFailure, log } from '@temporalio/activity';
import { cut, MAX_FAILURE_MESSAGE } from '../../domain/failures.js';
import { isJsonObject } from '../../domain/text/json.js';
import { keepWork, type KeptWork } from '../../workspace/changes/keep-work.js';
import { nullIfLost } from '../../workspace/lost-folder.js';
import { recordPhaseEvent } from './phase-records.js';
import type { PhaseRun } from './phase-run.js';

/** A phase that ends must not wait long for a repository in which git is slow. */
const KEEP_MS = 30_000;

/**
 * When no attempt of this execution follows, keeps the work that is not committed where people can look at it. It never
 * fails: the failure that ended the phase counts for more.
 *
 * @param attempt - the one that ended, offset included
 * @returns null when there is no such work, or when it could not be kept
 */
export async function keepUncommitted(run: PhaseRun, attempt: number): Promise<KeptWork | null> {
  const { task, folder } = run;
  if (!run.mayChangeRepository) return null;
  const phaseKey = task.phase.key;
  try {
    const signal = AbortSignal.timeout(KEEP_MS);
    const work = { root: folder.root, runId: task.run.runId, phaseKey, attempt, signal };
    const kept = await keepWork(work).catch(nullIfLost);
    if (kept === null) return null;
    const { ref, commit, changed } = kept;
    const payload = { ref, commit, changed: { ...changed } };
    // another work of the same attempt is another event
    const n = Number.parseInt(commit.slice(0, 8), 16);
    await recordPhaseEvent(run, { type: 'work_kept', attempt, payload }, n).catch((error: unknown) => {
      log.warn('that work is kept could not be recorded', { phase: phaseKey, ref, error: String(error) });
    });
    return kept;
  } catch (error) {
    log.warn('the work that is not committed could not be kept', { phase: phaseKey, error: String(error) });
    return null;
  }
}

/** Whether the run was told to stop. A worker that shuts down cancels its activities, too, and others go on with them. */
export function isStopped({ cancelled }: Pick<PhaseRun, 'cancelled'>): boolean {
  return cancelled.reason instanceof CancelledFailure && cancelled.reason.message === 'CANCELLED';
}

/** The failure of a phase, with the command that shows the work that is kept. */
export function withKept(failure: unknown, kept: KeptWork | null): unknown {
  if (kept === null || !(failure instanceof ApplicationFailure)) return failure;
  const { message, type, nonRetryable, nextRetryDelay, details } = failure;
  const advice = `; its work that is not committed: git show ${kept.ref}`;
  const [told] = details ?? [];
  return ApplicationFailure.create({
    message: `${cut(message, MAX_FAILURE_MESSAGE - advice.length)}${advice}`,
    type: type ?? undefined,
    nonRetryable: nonRetryable ?? undefined,
    nextRetryDelay: nextRetryDelay ?? undefined,
    details: [{ ...(isJsonObject(told) ? told : {}), kept: kept.ref }],
  });
}
