import type { ApplicationFailure } from '@temporalio/activity';
import { ModelFailure } from '../../agent/model/model-failure.js';
import {
  eventOf,
  exhaustedCode,
  fingerprint,
  repairPrompt,
  type AttemptProblem,
} from '../../domain/attempt-problem.js';
import { formatError } from '../../domain/artifact-validation.js';
import { isFailureCode, PhasegateError, type FailureCode } from '../../domain/failures.js';
import { AT_ONCE_MS, failureFrom } from '../temporal-failure.js';
import type { JudgedArtifact } from './judge-artifact.js';
import { recordAttempt, type EventDraft } from './phase-records.js';
import type { PhaseRun } from './phase-run.js';

/**
 * After this many replies in a row that are not chat completions it gives up. Each may have been paid for, so the
 * phase's patience does not apply.
 */
const MAX_BAD_REPLIES = 5;
/** Temporal does not try again after a pause of 0, and a shorter pause than this would flood the provider. */
const SHORTEST_PAUSE_MS = 1_000;

/**
 * Records a failed attempt at the artifact and gives the failure to throw. The failure is retryable while attempts are
 * left, and the next attempt is then told what was wrong (S12, S13).
 */
export async function failAttempt(
  run: PhaseRun,
  problem: AttemptProblem,
  judged: JudgedArtifact | null,
): Promise<ApplicationFailure> {
  const { progress, facts } = run;
  const { phase } = run.task;
  const attempt = progress.artifactAttempt;
  const end = endingCode(run, problem);
  const errors = problem.errors.map(formatError);
  const payload = { reason: problem.reason, message: problem.message, errors };
  const events: EventDraft[] = [{ type: eventOf(problem), attempt: run.attempt, payload }];
  if (end === null)
    events.push({ type: 'prompt_repaired', attempt: run.attempt + 1, payload: { reason: problem.reason } });
  await recordAttempt(run, judged, events);

  const message = [`phase ${phase.key}, attempt ${attempt} of ${phase.attempts}: ${problem.message}`, ...errors].join(
    '; ',
  );
  const error = new PhasegateError(end ?? exhaustedCode(problem), message, { errors });
  if (end !== null) return failureFrom(error, facts, 'never');
  progress.attemptFailed(fingerprint(problem), repairPrompt(problem, phase.artifact.path, attempt + 1, phase.attempts));
  return failureFrom(error, facts, AT_ONCE_MS);
}

/** The code with which this problem ends the phase; null when another attempt follows. */
function endingCode({ progress, task }: PhaseRun, problem: AttemptProblem): FailureCode | null {
  if (progress.artifactAttempt >= task.phase.attempts) return exhaustedCode(problem);
  return progress.isStalledBy(fingerprint(problem)) ? 'stalled' : null;
}

/**
 * Gives the failure to throw when the provider failed. It is retryable for the phase's patience, and uses up no attempt
 * at the artifact. It is final at once where trying again can't help.
 *
 * @param now - the server's time in milliseconds: patience spans attempts on several machines, whose clocks differ and
 *   jump
 */
export function failProvider(
  { task, progress, facts }: PhaseRun,
  error: ModelFailure,
  now: number,
): ApplicationFailure {
  const { phase } = task;
  const message = `phase ${phase.key}: ${error.message}`;
  if (!error.retryable && isFailureCode(error.code))
    return failureFrom(new PhasegateError(error.code, message), facts, 'never');
  const gone = (why: string): ApplicationFailure =>
    failureFrom(new PhasegateError('provider_unavailable', `${message}; ${why}`), facts, 'never');
  const { failingMs, badReplies } = progress.providerFailed(now, error.code === 'provider_bad_reply');
  if (badReplies >= MAX_BAD_REPLIES) return gone(`this was the ${MAX_BAD_REPLIES}th such answer in a row`);
  const pause = error.retryAfterMs ?? 0;
  if (failingMs + pause >= phase.patienceMs)
    return gone(`the phase's patience of ${phase.patienceMs / 1_000} s does not reach further`);
  // without a pause from the provider it is the retry policy's, which grows
  const again = pause >= SHORTEST_PAUSE_MS ? pause : 'by policy';
  return failureFrom(new ModelFailure(error.code, message), facts, again);
}
