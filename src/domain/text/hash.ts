import { createHash } from 'node:crypto';
import type { JsonValue } from './json.js';

/**
 * sha256 of bytes, or of a text's UTF-8, as lower-case hex.
 *
 * @param data - the whole content
 */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * JSON text in which the order of keys is fixed, so that equal values have equal texts (S03). Keys are sorted by UTF-16
 * code units. Members that are `undefined` are left out, as `JSON.stringify` does.
 *
 * @param value - a JSON value
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value as JsonValue));
}

/** sha256 of {@link canonicalJson}. Formatting and key order don't matter. */
export function contentHash(value: unknown): string {
  return sha256(canonicalJson(value));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // fromEntries and not assignment, so that a key `__proto__` stays a key
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
