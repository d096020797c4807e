import { activityInfo, ApplicationFailure, CancelledFailure, log } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { cut, MAX_FAILURE_MESSAGE, PhasegateError, type FailureCode } from '../domain/failures.js';
import type { FailureDetails } from '../domain/phase-contract.js';
import { noUsage } from '../domain/usage.js';

/** Failures that pass by themselves when the surroundings are well again. */
const RETRYABLE: ReadonlySet<FailureCode> = new Set<FailureCode>(['mirror_unavailable']);

/** An error nobody foresaw is tried again this often: a passing fault heals, a bug must not run for ever. */
export const MAX_UNEXPLAINED = 10;

/** What a failure says beside its code and message. */
export type FailureFacts = Partial<Pick<FailureDetails, 'phase' | 'attempts' | 'errors' | 'usage'>>;

/**
 * The failure that an activity throws for a caught error: the type is the code, the details say who must act (S28).
 *
 * @param error - whatever was caught
 * @param facts - what is known of the phase
 * @param tries - how often this has been tried, for errors that nobody foresaw
 */
export function asApplicationFailure(error: unknown, facts: FailureFacts = {}, tries = activityInfo().attempt): Error {
  if (error instanceof TemporalFailure || error instanceof CancelledFailure) return error;
  if (error instanceof PhasegateError) {
    return failure(error.code, error.message, { ...facts, errors: facts.errors ?? errorList(error) }, !RETRYABLE.has(error.code));
  }
  log.error('unexpected error', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure('internal_error', message, facts, tries >= MAX_UNEXPLAINED);
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
