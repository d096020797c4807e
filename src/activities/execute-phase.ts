import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { ModelFailure } from '../agent/model/model-failure.js';
import type { Activities } from '../domain/activity-contract.js';
import type { AttemptRank } from '../domain/attempt-rank.js';
import type { AttemptProblem } from '../domain/attempt-problem.js';
import { OlderAttempt } from '../domain/older-attempt.js';
import type { PhaseProgress, PhaseTask } from '../domain/phase-contract.js';
import { AttemptClock } from './phase/attempt-clock.js';
import { claimFolder, type AttemptFence } from '../workspace/attempt-fence.js';
import { isLoss } from '../workspace/lost-folder.js';
import { createRunFolder, runFolder, type RunFolder } from '../workspace/run-folder.js';
import { inCheckoutTime } from './checkout-time.js';
import { checkEarlierArtifacts } from './phase/earlier-artifacts.js';
import type { ActivityDeps } from './deps.js';
import { failAttempt, failProvider } from './phase/failed-attempt.js';
import { startHeartbeat } from './heartbeat.js';
import { serverClock } from './phase/server-clock.js';
import { completePhase } from './phase/complete-phase.js';
import { endsAttempt, recordLeftOut } from './phase/left-out.js';
import { freshProgress } from './phase/fresh-progress.js';
import { openFolder } from './phase/open-folder.js';
import { recordPriceUnknown } from './phase/phase-records.js';
import { keepFailedCalls, settleSpending } from './phase/spending.js';
import { runAttempt } from './phase/run-attempt.js';
import { returnToHistory } from './phase/after-reset.js';
import { asApplicationFailure, usesUpTry } from './temporal-failure.js';

/**
 * Executes a phase: one attempt at its artifact for each Temporal attempt that gets that far (S10, S12). What the next
 * attempt must know travels in the heartbeat details, which a failed attempt hands on.
 */
export function createExecutePhase(deps: ActivityDeps): Activities['executePhase'] {
  return async (task) => {
    const context = Context.current();
    const progress = readProgress(context.info.heartbeatDetails);
    const clock = new AttemptClock(task.phase.timeoutMs, progress.usedMs);
    const now = serverClock(context.info);
    const attempt = progress.attempt;
    const heartbeat = startHeartbeat(context, () => {
      // time counts for the attempt it was used by; the next attempt begins with none
      if (progress.attempt === attempt) progress.usedMs = clock.usedMs;
      return progress;
    });
    const failureOf = (error: unknown): unknown => {
      if (error instanceof OlderAttempt) return stepAside(task, context.info.attempt, error);
      if (context.cancellationSignal.aborted) return context.cancellationSignal.reason;
      if (error instanceof ModelFailure) return failProvider(task, progress, error, now());
      if (usesUpTry(error)) progress.unexplained++;
      const facts = { phase: task.phase.key, attempts: task.attemptOffset + progress.attempt, usage: progress.usage };
      return asApplicationFailure(error, facts, progress.unexplained);
    };
    try {
      return await executeOnce(deps, task, progress, { cancelled: context.cancellationSignal, clock });
    } catch (error) {
      const failure = failureOf(error);
      if (isFinal(failure)) await keepFailedCalls(deps.mirror, task, progress, context.cancellationSignal);
      if (endsAttempt(failure, attempt, progress.attempt))
        await recordLeftOut(deps, task, task.attemptOffset + attempt);
      heartbeat.beat();
      throw failure;
    } finally {
      clock.stop();
      heartbeat.stop();
    }
  };
}

async function executeOnce(deps: ActivityDeps, task: PhaseTask, progress: PhaseProgress, stops: Omit<Stops, 'fence'>) {
  await deps.mirror.appendEvents(task.run, task.events);
  await recordPriceUnknown(deps.mirror, task);
  await settleSpending(deps.mirror, task, progress);
  const folder = runFolder(deps.config.workspaceRoot, task.run.runId);
  await createRunFolder(folder);
  // before anything is changed in it: an older attempt that comes late has no business there
  const fence = await claimFolder(folder.root, rankOf(task));
  try {
    await inCheckoutTime(task, progress, [stops.cancelled, fence.signal], async (signal) => {
      await openFolder(deps, task, progress, folder, signal);
      await returnToHistory(deps.mirror, task, folder, signal);
    });
    await checkEarlierArtifacts(deps.mirror, task.run.runId, folder.root, task.earlier);
    return await attemptInTime(deps, task, progress, folder, { ...stops, fence });
  } catch (error) {
    // whatever it met: what counts is what the newer attempt meets
    fence.check();
    throw error;
  } finally {
    fence.release();
  }
}

/** By Temporal's own figures: this machine's clock may jump, and another worker has another. */
function rankOf({ scheduling }: PhaseTask): AttemptRank {
  const { attempt, currentAttemptScheduledTimestampMs: scheduledAt, workflowExecution } = Context.current().info;
  return { execution: String(workflowExecution?.runId), scheduling, attempt, scheduledAt };
}

interface Stops {
  cancelled: AbortSignal;
  clock: AttemptClock;
  fence: AttemptFence;
}

async function attemptInTime(
  deps: ActivityDeps,
  task: PhaseTask,
  progress: PhaseProgress,
  folder: RunFolder,
  { cancelled, clock, fence }: Stops,
) {
  const deadline = clock.signal;
  try {
    clock.start();
    const result = await runAttempt(deps, task, progress, folder, {
      signal: AbortSignal.any([cancelled, deadline, fence.signal]),
      clock,
      fence,
    });
    clock.stop();
    fence.check();
    return await completePhase(deps, task, progress, folder, result, fence);
  } catch (error) {
    fence.check();
    if (isLoss(error)) throw tryAgain(error.code, error.message);
    if (!deadline.aborted || cancelled.aborted || !isAbort(error, deadline)) throw error;
    throw await failAttempt(deps, task, progress, timeUp(task), null);
  }
}

/** Temporal waits for the newer attempt and takes no notice. Where it does try again, that try is the newest. */
function stepAside({ phase }: PhaseTask, attempt: number, { message }: OlderAttempt): ApplicationFailure {
  log.warn(`an older attempt steps aside: ${message}`, { phase: phase.key, attempt });
  return tryAgain('newer_attempt', message);
}

/** What the next try can mend, or says itself that it can't. */
function tryAgain(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: false, nextRetryDelay: '1s' });
}

function isFinal(failure: unknown): boolean {
  return failure instanceof ApplicationFailure && failure.nonRetryable === true;
}

function isAbort(error: unknown, deadline: AbortSignal): boolean {
  return error === deadline.reason || (error instanceof Error && /Abort|Timeout/.test(error.name));
}

function timeUp({ phase }: PhaseTask): AttemptProblem {
  return {
    reason: 'time_up',
    message: `the ${phase.timeoutMs / 1_000} s of the attempt are up and ${phase.artifact.path} is not written`,
    errors: [],
  };
}

function readProgress(details: unknown): PhaseProgress {
  return { ...freshProgress(), ...(details as Partial<PhaseProgress> | undefined) };
}
