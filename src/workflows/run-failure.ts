import { ActivityFailure, ApplicationFailure, isCancellation, rootCause, TemporalFailure } from '@temporalio/workflow';
import { failureDetails, type FailureDetails } from '../domain/failure-details.js';
import { failureKind, isFailureCode, type FailureCode } from '../domain/failures.js';
import { isJsonObject } from '../domain/text/json.js';
import { isUsage } from '../domain/money/usage.js';

/** Why a run ends before its last phase. */
export interface RunFailure {
  code: FailureCode;
  message: string;
  details: FailureDetails;
}

/** A failure that the workflow itself throws. */
export function runFault(code: FailureCode, message: string, phase: string | null = null): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code, failureDetails(code, { phase }));
}

/** The text of a rejection: who rejected and why. */
export function rejectedBy({ by, comment }: { by?: string; comment?: string }): string {
  return `was rejected${by ? ` by ${by}` : ''}${comment ? `: ${comment}` : ''}`;
}

/**
 * What a caught error means for the run. An error that is not one of Temporal's is a bug. It is thrown on: the workflow
 * task then fails, and a corrected worker can go on with the run.
 *
 * @param error - anything caught around an activity
 */
export function runFailure(error: unknown): RunFailure | 'cancelled' {
  if (isCancellation(error)) return 'cancelled';
  if (!(error instanceof TemporalFailure)) throw error;
  const cause = error instanceof ActivityFailure && error.cause ? error.cause : error;
  const [given, told] = cause instanceof ApplicationFailure ? [cause.type, cause.details?.[0]] : [];
  const code = isFailureCode(given) ? given : 'internal_error';
  const message = cause.message || rootCause(error) || 'unknown failure';
  return { code, message, details: { ...detailsOf(code, told), kind: failureKind(given ?? '') } };
}

/** The details of a failure. A person can fail an activity by hand, so they may be anything. */
function detailsOf(code: FailureCode, told: unknown): FailureDetails {
  const { phase, attempts, errors, usage, kept } = isJsonObject(told) ? told : {};
  return failureDetails(code, {
    phase: typeof phase === 'string' ? phase : null,
    attempts: typeof attempts === 'number' ? attempts : 0,
    errors: Array.isArray(errors) ? errors.map(String) : [],
    usage: isUsage(usage) ? usage : null,
    kept: typeof kept === 'string' ? kept : undefined,
  });
}
