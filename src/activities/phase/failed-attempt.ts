import { log, type ApplicationFailure } from '@temporalio/activity';
import { ModelFailure } from '../../agent/model/model-failure.js';
import {
  eventOf,
  exhaustedCode,
  finalCode,
  fingerprint,
  repairPrompt,
  type AttemptProblem,
} from '../../domain/attempt-problem.js';
import { formatError } from '../../domain/artifact-validation.js';
import { cut, isFailureCode, PhasegateError, type FailureCode } from '../../domain/failures.js';
import { modelName, modelsOf } from '../../domain/template/persona.js';
import { AT_ONCE_MS, failureFrom } from '../temporal-failure.js';
import { resolveBackend } from './resolve-backend.js';
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
 * left, and the next attempt is then told what was wrong (S12, S13). It is final when the agent left nothing to judge:
 * it was told so in its conversation, often enough.
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

  const which = finalCode(problem) === null ? `, attempt ${attempt} of ${phase.attempts}` : '';
  const message = [`phase ${phase.key}${which}: ${problem.message}`, ...errors].join('; ');
  const error = new PhasegateError(end ?? exhaustedCode(problem), message, { errors });
  if (end !== null) return failureFrom(error, facts, 'never');
  progress.attemptFailed(fingerprint(problem), repairPrompt(problem, phase.artifact.path, attempt + 1, phase.attempts));
  return failureFrom(error, facts, AT_ONCE_MS);
}

/** The code with which this problem ends the phase; null when another attempt follows. */
function endingCode({ progress, task }: PhaseRun, problem: AttemptProblem): FailureCode | null {
  const final = finalCode(problem);
  if (final !== null) return final;
  if (progress.artifactAttempt >= task.phase.attempts) return exhaustedCode(problem);
  return progress.isStalledBy(fingerprint(problem)) ? 'stalled' : null;
}

/**
 * Gives the failure to throw when the provider failed. It is retryable for the phase's patience, and uses up no attempt
 * at the artifact. It is final at once where trying again can't help. When no quota is left, or patience is over, the
 * next try goes on with the persona's next model, if there is one.
 *
 * @param now - the server's time in milliseconds: patience spans attempts on several machines, whose clocks differ and
 *   jump
 */
export async function failProvider(run: PhaseRun, error: ModelFailure, now: number): Promise<ApplicationFailure> {
  const { task, progress, facts, model } = run;
  const asked = progress.model === 0 ? '' : `, fallback ${modelName(model)}`;
  const message = `phase ${task.phase.key}${asked}: ${error.message}`;
  const end = endOfProvider(run, error, message, now);
  if (end === null) {
    const pause = error.retryAfterMs ?? 0;
    // without a pause from the provider it is the retry policy's, which grows
    const again = pause >= SHORTEST_PAUSE_MS ? pause : 'by policy';
    return failureFrom(new ModelFailure(error.code, message), facts, again);
  }
  const next = GIVEN_UP.has(end.code) ? await nextModel(run) : null;
  if (next === null) return failureFrom(end, facts, 'never');
  const { code } = end;
  progress.fallsBack(next, { from: modelName(model), attempt: run.attempt, code, message: cut(end.message, 500) });
  return failureFrom(new ModelFailure(error.code, message), facts, AT_ONCE_MS);
}

/** With these codes a model is given up, and a fallback takes its place. */
const GIVEN_UP: ReadonlySet<FailureCode> = new Set<FailureCode>(['model_quota_exhausted', 'provider_unavailable']);

/** Why this model is not asked again; null when it is. */
function endOfProvider(
  { task, progress }: PhaseRun,
  error: ModelFailure,
  message: string,
  now: number,
): PhasegateError | null {
  if (!error.retryable && isFailureCode(error.code)) return new PhasegateError(error.code, message);
  const gone = (why: string): PhasegateError => new PhasegateError('provider_unavailable', `${message}; ${why}`);
  const { failingMs, badReplies } = progress.providerFailed(now, error.code === 'provider_bad_reply');
  if (badReplies >= MAX_BAD_REPLIES) return gone(`this was the ${MAX_BAD_REPLIES}th such answer in a row`);
  const { patienceMs } = task.phase;
  if (failingMs + (error.retryAfterMs ?? 0) < patienceMs) return null;
  return gone(`the phase's patience of ${patienceMs / 1_000} s does not reach further`);
}

/** The next of the persona's models that can be used on this worker; null when there is none. */
async function nextModel({ deps, task, progress }: PhaseRun): Promise<number | null> {
  const models = modelsOf(task.binding.persona);
  for (const [index, model] of models.entries()) {
    if (index <= progress.model) continue;
    try {
      await resolveBackend(deps, model);
      return index;
    } catch (error) {
      if (!(error instanceof PhasegateError)) throw error;
      log.warn('a fallback is left out', { phase: task.phase.key, model: modelName(model), reason: error.message });
    }
  }
  return null;
}
