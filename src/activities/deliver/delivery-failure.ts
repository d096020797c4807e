import { PhasegateError, type FailureCode } from '../../domain/failures.js';
import { asApplicationFailure, failureFrom } from '../temporal-failure.js';

/** These pass by themselves. Temporal tries again for as long as the activity may take. */
const PASSING = new Set<FailureCode>(['forge_unavailable', 'remote_unreachable']);

/** Whether a failure passes by itself. */
export function isPassing(error: unknown): error is PhasegateError {
  return error instanceof PhasegateError && PASSING.has(error.code);
}

/**
 * The failure that an activity of a delivery throws. A forge that asks for a pause gets it.
 *
 * @param error - any error
 */
export function asDeliveryFailure(error: unknown): Error {
  if (!isPassing(error)) return asApplicationFailure(error);
  const pause = error.details['retryAfterMs'];
  return failureFrom(error, {}, typeof pause === 'number' ? pause : 'by policy');
}
