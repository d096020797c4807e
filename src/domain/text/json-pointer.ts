import type { JsonValue } from './json.js';

/**
 * The value at a JSON pointer (RFC 6901), or undefined where it leads nowhere.
 *
 * @param document - a JSON value
 * @param pointer - `""` for the whole document, else `/a/0`
 */
export function atPointer(document: JsonValue, pointer: string): JsonValue | undefined {
  let current: JsonValue | undefined = document;
  for (const key of pointerTokens(pointer)) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.hasOwn(current, key) ? (current as Record<string, JsonValue>)[key] : undefined;
  }
  return current;
}

/** The parts of a JSON pointer, unescaped. */
export function pointerTokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A key as a part of a JSON pointer. */
export function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
