import { parseDuration } from '../../domain/text/duration.js';
import { PhasegateError } from '../../domain/failures.js';

/**
 * A number that an option gives; undefined when it is not given.
 *
 * @throws PhasegateError `usage_invalid`
 */
export function readNumber(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new PhasegateError('usage_invalid', `${option} must be a number above 0, found ${text}`);
}

/** A count: a whole number, at least `least`. */
export function readCount(text: string | undefined, option: string, fallback: number, least = 1): number {
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new PhasegateError('usage_invalid', `${option} must be a whole number from ${least}, found ${text}`);
}

/** A duration such as `10m`, in milliseconds. */
export function readDuration(text: string | undefined, option: string, fallback: number): number {
  if (text === undefined) return fallback;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new PhasegateError('usage_invalid', `${option} must be a duration such as 30s, 10m or 14d, found ${text}`);
}
