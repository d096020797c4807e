import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { ModelFailure } from '../agent/model/model-failure.js';
import { failureDetails, type FailureFacts } from '../domain/failure-details.js';
import { cut, MAX_FAILURE_MESSAGE, PhasegateError, type FailureCode } from '../domain/failures.js';
import { OlderAttempt } from '../domain/older-attempt.js';

/** The retry policy's pause is for providers. An agent that is told its mistake can go on at once. */
export const AT_ONCE_MS = 1;

/** After this many failures one is final. A code that is not in the list is final at once. */
const TRIES: Partial<Record<FailureCode, number>> = {
  // these end when PostgreSQL or Temporal is well again
  mirror_unavailable: Infinity,
  database_refused: Infinity,
  // a git or its host was killed, a disk was full: some 15 s
  workspace_failed: 5,
  // a table or function is being replaced: some minutes
  mirror_not_migrated: 10,
  // another worker may have the sandbox: some minutes
  sandbox_unavailable: 10,
  // a server of tools is being started again: some minutes
  mcp_unavailable: 10,
  // a passing fault heals; a bug must not run for ever
  internal_error: 10,
};

function triesOf(error: unknown): number {
  return TRIES[error instanceof PhasegateError ? error.code : 'internal_error'] ?? 1;
}

/** Whether a failure is tried again only a limited number of times: see {@link asApplicationFailure}. */
export function usesUpTry(error: unknown): boolean {
  return !(error instanceof TemporalFailure) && Number.isFinite(triesOf(error)) && triesOf(error) > 1;
}

/** What an activity hands to its next attempt when it has no state of its own. */
interface Failures {
  failures: number;
}

/**
 * The count is in the heartbeat details. Temporal's attempts are not counted: those that waited for PostgreSQL use up
 * no try.
 */
function countFailure(error: unknown): number {
  const context = Context.current();
  const before = (context.info.heartbeatDetails as Partial<Failures> | undefined)?.failures ?? 0;
  const failures = usesUpTry(error) ? before + 1 : before;
  // a local activity that fails is done again by a regular one, which counts for itself
  if (!context.info.isLocal) context.heartbeat({ failures } satisfies Failures);
  return failures;
}

/**
 * The failure that an activity throws for any error that it caught. It is final when its tries are used up.
 *
 * @param error - any error; a failure of Temporal's stays as it is
 * @param facts - what is known of the phase
 * @param failures - which failure this is of those that {@link usesUpTry}, by number; without it, the heartbeat details
 *   count
 */
export function asApplicationFailure(error: unknown, facts: FailureFacts = {}, failures = countFailure(error)): Error {
  if (error instanceof TemporalFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof PhasegateError))
    log.error('unexpected error', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  const isFinal = failures >= triesOf(error) || triesOf(error) === 1;
  return failureFrom(error, facts, isFinal ? 'never' : 'by policy');
}

/**
 * The failure that Temporal gets for an error. Its type is the code, and its details say who must act (S28). Activities
 * make such failures only here.
 *
 * @param error - one of ours; any other is a bug, `internal_error`
 * @param facts - what is known of the phase
 * @param again - when it is tried again: never, as the retry policy says, or after this many milliseconds
 */
export function failureFrom(
  error: unknown,
  facts: FailureFacts,
  again: 'never' | 'by policy' | number,
): ApplicationFailure {
  const { code, message, errors } = meaningOf(error);
  return ApplicationFailure.create({
    message: cut(message, MAX_FAILURE_MESSAGE),
    type: code,
    nonRetryable: again === 'never',
    details: [failureDetails(code, { ...facts, errors })],
    nextRetryDelay: typeof again === 'number' ? again : undefined,
  });
}

function meaningOf(error: unknown): { code: string; message: string; errors: string[] } {
  if (error instanceof PhasegateError) return { code: error.code, message: error.message, errors: errorList(error) };
  if (error instanceof ModelFailure) return { code: error.code, message: error.message, errors: [] };
  if (error instanceof OlderAttempt) return { code: 'newer_attempt', message: error.message, errors: [] };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'internal_error', message, errors: [] };
}

function errorList({ details }: PhasegateError): string[] {
  return Array.isArray(details.errors) ? details.errors.filter((text): text is string => typeof text === 'string') : [];
}
