import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { ModelFailure } from '../agent/model/model-failure.js';
import type { Activities } from '../domain/activity-contract.js';
import type { AttemptRank } from '../domain/attempt-rank.js';
import type { AttemptProblem } from '../domain/attempt-problem.js';
import { OlderAttempt } from '../domain/older-attempt.js';
import type { PhaseOutcome, PhaseSnapshot, PhaseTask } from '../domain/phase-contract.js';
import { claimFolder, type AttemptFence } from '../workspace/attempt-fence.js';
import { isLoss } from '../workspace/lost-folder.js';
import { createRunFolder } from '../workspace/run-folder.js';
import { agentCommands } from './checks/agent-commands.js';
import { toolServers } from './checks/tool-servers.js';
import type { CommandPlace } from './checks/command-place.js';
import { prepareCommands } from './checks/prepare-commands.js';
import { inCheckoutTime } from './phase/checkout-time.js';
import { checkEarlierArtifacts } from './phase/earlier-artifacts.js';
import type { ActivityDeps } from './deps.js';
import { failAttempt, failProvider } from './phase/failed-attempt.js';
import { startHeartbeat } from './heartbeat.js';
import { serverClock } from './phase/server-clock.js';
import { completePhase } from './phase/complete-phase.js';
import { endsAttempt, recordLeftOut } from './phase/left-out.js';
import { isStopped, keepUncommitted, withKept } from './phase/kept-work.js';
import { openFolder } from './phase/open-folder.js';
import { PhaseProgress } from './phase/phase-progress.js';
import { PhaseRun } from './phase/phase-run.js';
import { recordFallback, recordPriceUnknown } from './phase/phase-records.js';
import { keepFailedCalls, settleSpending } from './phase/spending.js';
import { runAttempt } from './phase/run-attempt.js';
import { returnToHistory } from './phase/after-reset.js';
import { leaveSkippedWork } from './phase/after-skip.js';
import { asApplicationFailure, failureFrom, usesUpTry } from './temporal-failure.js';

/**
 * Executes a phase. Each Temporal attempt that gets that far makes one attempt at the artifact (S10, S12). The
 * heartbeat details carry what the next attempt must know; a failed attempt hands them on.
 */
export function createExecutePhase(deps: ActivityDeps): Activities['executePhase'] {
  return async (task) => {
    const context = Context.current();
    const progress = new PhaseProgress(context.info.heartbeatDetails as Partial<PhaseSnapshot> | undefined);
    const run = new PhaseRun(deps, task, progress, context.cancellationSignal);
    const now = serverClock(context.info);
    const begun = { attempt: run.attempt, own: progress.attempt };
    const heartbeat = startHeartbeat(context, () => {
      progress.timeUsed(begun.own, run.clock.usedMs);
      return progress.snapshot();
    });
    try {
      return await executeOnce(run);
    } catch (error) {
      const failure = await failureOf(run, error, now());
      if (isFinal(failure)) await keepFailedCalls(run);
      if (endsAttempt(failure, begun.attempt, run.attempt)) await recordLeftOut(run, begun.attempt);
      const isOver = isFinal(failure) || (failure === run.cancelled.reason && isStopped(run));
      const kept = isOver ? await keepUncommitted(run, begun.attempt) : null;
      heartbeat.beat();
      throw withKept(failure, kept);
    } finally {
      run.clock.stop();
      heartbeat.stop();
    }
  };
}

async function executeOnce(run: PhaseRun): Promise<PhaseOutcome> {
  const { task, folder } = run;
  const { mirror } = run.deps;
  await mirror.appendEvents(task.run, task.events);
  await recordFallback(run);
  await recordPriceUnknown(run);
  await settleSpending(mirror, task, run.progress);
  await createRunFolder(folder);
  // before anything in it is changed: an older attempt that comes late must change nothing
  const fence = await claimFolder(folder.root, rankOf(task));
  try {
    await inCheckoutTime(run, [fence.signal], async (signal) => {
      await openFolder(run, signal);
      await returnToHistory(run, signal);
      await leaveSkippedWork(run, signal);
    });
    await checkEarlierArtifacts(mirror, task.run.runId, folder.root, [...task.earlier, ...task.copies]);
    // before a model is paid
    const commands = await prepareCommands(run, fence);
    return await attemptInTime(run, fence, commands);
  } catch (error) {
    // whatever this attempt ended with: only what the newer attempt ends with counts
    fence.check();
    throw error;
  } finally {
    fence.release();
  }
}

/** By Temporal's own figures: this machine's clock may jump, and other workers have other clocks. */
function rankOf({ scheduling }: PhaseTask): AttemptRank {
  const { attempt, currentAttemptScheduledTimestampMs: scheduledAt, workflowExecution } = Context.current().info;
  return { execution: String(workflowExecution?.runId), scheduling, attempt, scheduledAt };
}

async function attemptInTime(run: PhaseRun, fence: AttemptFence, commands: CommandPlace | null): Promise<PhaseOutcome> {
  const { clock, cancelled } = run;
  try {
    const forAgent = await agentCommands(run, fence, commands);
    clock.start();
    const started = { commands: forAgent, startToolServer: toolServers(run, commands) };
    const result = await runAttempt(run, fence, started, AbortSignal.any([cancelled, clock.signal, fence.signal]));
    clock.stop();
    fence.check();
    return await completePhase(run, fence, result, commands);
  } catch (error) {
    fence.check();
    if (isLoss(error)) throw failureFrom(error, run.facts, SOON_MS);
    if (!clock.signal.aborted || cancelled.aborted || !isAbort(error, clock.signal)) throw error;
    throw await failAttempt(run, timeUp(run), null);
  }
}

/** If Temporal tries an older attempt again, it does so after this pause. */
const SOON_MS = 1_000;

async function failureOf(run: PhaseRun, error: unknown, now: number): Promise<unknown> {
  if (error instanceof OlderAttempt) {
    // Temporal waits for the newer attempt and ignores this failure. Where it does try again, that try is the newest.
    log.warn(`an older attempt steps aside: ${error.message}`, { phase: run.task.phase.key });
    return failureFrom(error, run.facts, SOON_MS);
  }
  if (run.cancelled.aborted) return run.cancelled.reason;
  if (error instanceof ModelFailure) return failProvider(run, error, now);
  const others = usesUpTry(error) ? run.progress.failedOtherwise() : run.progress.otherFailures;
  return asApplicationFailure(error, run.facts, others);
}

function isFinal(failure: unknown): boolean {
  return failure instanceof ApplicationFailure && failure.nonRetryable === true;
}

function isAbort(error: unknown, deadline: AbortSignal): boolean {
  return error === deadline.reason || (error instanceof Error && /Abort|Timeout/.test(error.name));
}

function timeUp({ task: { phase }, refused }: PhaseRun): AttemptProblem {
  const what =
    refused === null ? `${phase.artifact.path} is not written` : `what it wrote is not valid: ${refused.message}`;
  return {
    reason: 'time_up',
    message: `the ${phase.timeoutMs / 1_000} s of the attempt are up and ${what}`,
    errors: refused?.errors ?? [],
  };
}
