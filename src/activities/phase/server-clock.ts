import type { Info } from '@temporalio/activity';

/**
 * The time by Temporal's clock, as far as an attempt can tell it: the time when the attempt was scheduled, and the time
 * that has passed since it began here. It doesn't jump with this machine's clock, and is the same for all workers. It
 * is late by the time that the task waited.
 *
 * @returns a function that tells the time, in milliseconds since 1970
 */
export function serverClock({
  currentAttemptScheduledTimestampMs,
}: Pick<Info, 'currentAttemptScheduledTimestampMs'>): () => number {
  const began = performance.now();
  return () => currentAttemptScheduledTimestampMs + performance.now() - began;
}
