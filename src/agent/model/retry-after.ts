/**
 * How long a provider asks us to wait: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date.
 *
 * @returns whole milliseconds from `now`, at least 0; undefined when nothing readable was sent
 */
export function readRetryAfter(headers: Headers, now: number = Date.now()): number | undefined {
  const ms = headers.get('retry-after-ms');
  if (isNumber(ms)) return wait(Number(ms));
  const after = headers.get('retry-after');
  if (isNumber(after)) return wait(Number(after) * 1_000);
  const date = after === null ? NaN : Date.parse(after);
  return Number.isNaN(date) ? undefined : wait(date - now);
}

function isNumber(text: string | null): text is string {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text);
}

function wait(ms: number): number {
  return Math.max(0, Math.ceil(ms));
}
