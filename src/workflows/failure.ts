import { ActivityFailure, ApplicationFailure, isCancellation, rootCause, TemporalFailure } from '@temporalio/workflow';
import type { FailureCode } from '../domain/failures.js';
import { isFailureCode } from '../domain/failures.js';
import type { FailureDetails } from '../domain/phase-contract.js';
import { isUsage } from '../domain/money/usage.js';

/** Why a run ends before its last phase. */
export interface RunFailure {
  code: FailureCode;
  message: string;
  details: FailureDetails;
}

/** A failure thrown by the workflow itself. */
export function failure(code: FailureCode, message: string, phase: string | null): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code, { ...NO_DETAILS, code, phase });
}

/** How a rejection is told: by whom and why. */
export function rejectedBy({ by, comment }: { by?: string; comment?: string }): string {
  return `was rejected${by ? ` by ${by}` : ''}${comment ? `: ${comment}` : ''}`;
}

const NO_DETAILS: Omit<FailureDetails, 'code'> = {
  kind: 'human_required',
  phase: null,
  attempts: 0,
  errors: [],
  usage: null,
};

/**
 * What a caught error means for the run. An error that is none of Temporal's is a bug: it is thrown on, so that the
 * workflow task fails and a corrected worker can go on with the run.
 *
 * @param error - anything caught around an activity
 */
export function runFailure(error: unknown): RunFailure | 'cancelled' {
  if (isCancellation(error)) return 'cancelled';
  if (!(error instanceof TemporalFailure)) throw error;
  const cause = error instanceof ActivityFailure && error.cause ? error.cause : error;
  const code = cause instanceof ApplicationFailure && isFailureCode(cause.type) ? cause.type : 'internal_error';
  const details =
    cause instanceof ApplicationFailure ? (cause.details?.[0] as Partial<FailureDetails> | undefined) : undefined;
  return {
    code,
    message: cause.message || rootCause(error) || 'unknown failure',
    // a person can fail an activity by hand, with any details
    details: { ...NO_DETAILS, ...details, usage: isUsage(details?.usage) ? details.usage : null, code },
  };
}
