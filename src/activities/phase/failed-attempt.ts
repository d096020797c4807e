import { ApplicationFailure } from '@temporalio/activity';
import type { ModelFailure } from '../../agent/model/model-failure.js';
import {
  eventOf,
  exhaustedCode,
  fingerprint,
  repairPrompt,
  type AttemptProblem,
} from '../../domain/attempt-problem.js';
import { formatError } from '../../domain/artifact-validation.js';
import { isFailureCode, type FailureCode } from '../../domain/failures.js';
import type { PhaseProgress, PhaseTask } from '../../domain/phase-contract.js';
import type { ActivityDeps } from '../deps.js';
import type { JudgedArtifact } from './judge-artifact.js';
import { recordAttempt, type EventDraft } from './phase-records.js';
import { failure } from '../temporal-failure.js';

/** Replies in a row that are no chat completion: each may have been paid for, so that patience is not for them. */
const MAX_BAD_REPLIES = 5;
/** Temporal takes a pause of 0 for no retry at all, and a shorter one than this would storm the provider. */
const SHORTEST_PAUSE_MS = 1_000;

/** The same failure this often in a row is a stall: more of the same would only cost more. */
const STALL_AFTER = 3;

/**
 * Records a failed attempt at the artifact and gives the failure to throw: retryable while attempts are left, and then
 * the next attempt is told what was wrong (S12, S13).
 */
export async function failAttempt(
  deps: ActivityDeps,
  task: PhaseTask,
  progress: PhaseProgress,
  problem: AttemptProblem,
  judged: JudgedArtifact | null,
): Promise<ApplicationFailure> {
  const { attempt } = progress;
  const { phase } = task;
  const fingerprints = [...progress.fingerprints, fingerprint(problem)].slice(-STALL_AFTER);
  const end = endingCode(problem, attempt, phase.attempts, fingerprints);
  const errors = problem.errors.map(formatError);
  const total = task.attemptOffset + attempt;
  const events: EventDraft[] = [
    { type: eventOf(problem), attempt: total, payload: { reason: problem.reason, message: problem.message, errors } },
  ];
  if (end === null) events.push({ type: 'prompt_repaired', attempt: total + 1, payload: { reason: problem.reason } });
  await recordAttempt(deps.mirror, task, total, judged, events);

  const facts = { phase: phase.key, attempts: total, errors, usage: progress.usage };
  const message = [`phase ${phase.key}, attempt ${attempt} of ${phase.attempts}: ${problem.message}`, ...errors].join(
    '; ',
  );
  if (end !== null) return failure(end, message, facts, true);
  Object.assign(progress, {
    attempt: attempt + 1,
    repair: repairPrompt(problem, phase.artifact.path, attempt + 1, phase.attempts),
    fingerprints,
    usedMs: 0,
    unexplained: 0,
  } satisfies Partial<PhaseProgress>);
  // the pause of the retry policy is for providers; an agent that is told its mistake can go on at once
  return failure(exhaustedCode(problem), message, facts, false, 1);
}

function endingCode(
  problem: AttemptProblem,
  attempt: number,
  attempts: number,
  fingerprints: readonly string[],
): FailureCode | null {
  if (attempt >= attempts) return exhaustedCode(problem);
  const stalled = fingerprints.length >= STALL_AFTER && new Set(fingerprints).size === 1;
  return stalled ? 'stalled' : null;
}

/**
 * The failure to throw when the provider failed: retryable for the phase's patience, using up no attempt at the
 * artifact; at once final where trying again can't help.
 *
 * @param now - the server's time in milliseconds: patience spans attempts on several machines, whose clocks differ and
 *   jump
 */
export function failProvider(
  task: PhaseTask,
  progress: PhaseProgress,
  error: ModelFailure,
  now: number,
): ApplicationFailure {
  const { phase } = task;
  const facts = { phase: phase.key, attempts: task.attemptOffset + progress.attempt, usage: progress.usage };
  const message = `phase ${phase.key}: ${error.message}`;
  if (!error.retryable && isFailureCode(error.code)) return failure(error.code, message, facts, true);
  progress.providerFailingSince ??= now;
  progress.badReplies = error.code === 'provider_bad_reply' ? progress.badReplies + 1 : 0;
  if (progress.badReplies >= MAX_BAD_REPLIES) {
    return failure(
      'provider_unavailable',
      `${message}; this was the ${MAX_BAD_REPLIES}th such answer in a row`,
      facts,
      true,
    );
  }
  const waited = now - progress.providerFailingSince;
  const pause = error.retryAfterMs ?? 0;
  if (waited + pause >= phase.patienceMs) {
    const limit = `the phase's patience of ${phase.patienceMs / 1_000} s does not reach further`;
    return failure('provider_unavailable', `${message}; ${limit}`, facts, true);
  }
  // without a pause of the provider's it is the retry policy's, which grows
  const nextRetryDelay = pause >= SHORTEST_PAUSE_MS ? pause : undefined;
  return ApplicationFailure.create({ message, type: error.code, nonRetryable: false, nextRetryDelay });
}
