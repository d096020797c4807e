import type { JsonValue } from './json.js';

/**
 * The value that a JSON pointer (RFC 6901) names, or undefined where it leads nowhere.
 *
 * @param document - a JSON value
 * @param pointer - `""` for the whole document, else `/a/0`
 */
export function atPointer(document: JsonValue, pointer: string): JsonValue | undefined {
  let current: JsonValue | undefined = document;
  for (const token of pointer.split('/').slice(1)) {
    if (typeof current !== 'object' || current === null) return undefined;
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    current = Object.hasOwn(current, key) ? (current as Record<string, JsonValue>)[key] : undefined;
  }
  return current;
}
