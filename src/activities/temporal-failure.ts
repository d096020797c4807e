import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { cut, MAX_FAILURE_MESSAGE, PhasegateError, type FailureCode } from '../domain/failures.js';
import type { FailureDetails } from '../domain/phase-contract.js';
import { noUsage } from '../domain/money/usage.js';

/** So many failures make one final; a code that is not here is final at once. */
const TRIES: Partial<Record<FailureCode, number>> = {
  // these end when the surroundings are well again
  mirror_unavailable: Infinity,
  database_refused: Infinity,
  // a git or its host was killed, a disk was full: some 15 s
  workspace_failed: 5,
  // a table or function is being replaced: some minutes
  mirror_not_migrated: 10,
  // a passing fault heals, a bug must not run for ever
  internal_error: 10,
};

/** What a failure says beside its code and message. */
export type FailureFacts = Partial<Pick<FailureDetails, 'phase' | 'attempts' | 'errors' | 'usage'>>;

function triesOf(error: unknown): number {
  return TRIES[error instanceof PhasegateError ? error.code : 'internal_error'] ?? 1;
}

/** Whether a failure is tried again, but only so often: see {@link asApplicationFailure}. */
export function usesUpTry(error: unknown): boolean {
  return !(error instanceof TemporalFailure) && Number.isFinite(triesOf(error)) && triesOf(error) > 1;
}

/** What an activity without a state of its own hands to its next attempt. */
interface Failures {
  failures: number;
}

/** Counts in the heartbeat details, and not by attempts: those that waited for PostgreSQL use up no try. */
function countFailure(error: unknown): number {
  const context = Context.current();
  const before = (context.info.heartbeatDetails as Partial<Failures> | undefined)?.failures ?? 0;
  const failures = usesUpTry(error) ? before + 1 : before;
  context.heartbeat({ failures } satisfies Failures);
  return failures;
}

/**
 * The failure that an activity throws for a caught error: the type is the code, the details say who must act (S28).
 *
 * @param error - whatever was caught
 * @param facts - what is known of the phase
 * @param failures - how many this is that {@link usesUpTry}; counted in the heartbeat details where it is not given
 */
export function asApplicationFailure(error: unknown, facts: FailureFacts = {}, failures = countFailure(error)): Error {
  if (error instanceof TemporalFailure || error instanceof CancelledFailure) return error;
  const isFinal = failures >= triesOf(error) || triesOf(error) === 1;
  if (error instanceof PhasegateError) {
    return failure(error.code, error.message, { ...facts, errors: facts.errors ?? errorList(error) }, isFinal);
  }
  log.error('unexpected error', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure('internal_error', message, facts, isFinal);
}

/**
 * A failure with a code of ours.
 *
 * @param nonRetryable - whether the run's fate is sealed
 * @param nextRetryDelayMs - when to try again, where it is not the retry policy's to say
 */
export function failure(
  code: FailureCode,
  message: string,
  facts: FailureFacts,
  nonRetryable: boolean,
  nextRetryDelayMs?: number,
): ApplicationFailure {
  const details: FailureDetails = {
    code,
    kind: code === 'internal_error' ? 'fatal' : 'human_required',
    phase: facts.phase ?? null,
    attempts: facts.attempts ?? 0,
    errors: (facts.errors ?? []).slice(0, 20).map((text) => cut(text, 300)),
    usage: facts.usage ?? noUsage(),
  };
  return ApplicationFailure.create({
    message: cut(message, MAX_FAILURE_MESSAGE),
    type: code,
    nonRetryable,
    details: [details],
    nextRetryDelay: nextRetryDelayMs,
  });
}

function errorList({ details }: PhasegateError): string[] {
  return Array.isArray(details.errors) ? details.errors.filter((text): text is string => typeof text === 'string') : [];
}
