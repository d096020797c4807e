import { isJsonObject, type JsonValue } from './json.js';

/** Shorter values are not secrets: local servers take any word for a key. */
const SHORTEST_SECRET = 4;
/** When a text was cut inside a secret, at least this much of the secret must be left to be masked. */
const SHORTEST_BEGINNING = 6;
const MASK = '***';

/**
 * A text without secret values, either as they are or as JSON or a URL writes them. Where the text was cut inside one,
 * the rest of it is masked, too.
 *
 * @param values - secrets; empty and missing ones are ignored
 */
export function maskValues(text: string, values: readonly (string | undefined)[]): string {
  let masked = text;
  for (const value of values) {
    if (value === undefined || value.length < SHORTEST_SECRET) continue;
    for (const spelling of new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])) {
      masked = withoutBeginning(masked.replaceAll(spelling, MASK), spelling);
    }
  }
  return masked;
}

function withoutBeginning(text: string, secret: string): string {
  for (let length = Math.min(secret.length - 1, text.length); length >= SHORTEST_BEGINNING; length--) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + MASK;
  }
  return text;
}

/** Shorter pieces of a header are words, such as the names of its fields. */
const SHORTEST_PIECE = 8;

/**
 * What must not be said of a header's value: the value, what is behind its scheme (`Bearer …`), its pieces
 * (`Token token="…"`, `session=…`), and for `Basic …` what it encodes.
 *
 * @param value - of a header, as it is sent
 * @returns texts for `maskValues` and `maskInJson`, the longest first
 */
export function secretsInHeader(value: string): string[] {
  const [, scheme = '', behind = ''] = /^([a-z][\w-]*)\s+(\S.*)$/is.exec(value.trim()) ?? [];
  const decoded = scheme.toLowerCase() === 'basic' ? Buffer.from(behind, 'base64').toString() : '';
  const password = decoded.slice(decoded.indexOf(':') + 1);
  const isOneWord = !/\s/.test(behind);
  const pieces = (behind || value).split(/[\s"',;=:]+/).filter((piece) => piece.length >= SHORTEST_PIECE);
  const found = [value, isOneWord ? behind : '', decoded, password, ...pieces];
  return [...new Set(found.filter((text) => text !== ''))].sort((a, b) => b.length - a.length);
}

/**
 * Shortest secret that is masked in texts that are not messages. A model's answer may have a shorter word by chance.
 */
const SHORTEST_IN_CONTENT = 12;

/**
 * A JSON value in whose keys and strings a secret is masked. It is the value itself where it does not have the secret.
 */
export function maskInJson<T extends JsonValue>(value: T, secret: string): T {
  return secret.length < SHORTEST_IN_CONTENT ? value : (maskAll(value, secret) as T);
}

function maskAll(value: JsonValue, secret: string): JsonValue {
  if (typeof value === 'string')
    return value.replaceAll(secret, MASK).replaceAll(JSON.stringify(secret).slice(1, -1), MASK);
  if (Array.isArray(value)) return value.map((item) => maskAll(item, secret));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [maskAll(key, secret) as string, maskAll(member, secret)]),
  );
}

/** A text without the user and password of URLs, and without the value of `Authorization`. */
export function maskCredentials(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/'"]*@/gi, `$1${MASK}@`)
    .replace(/\b(Bearer|Basic)\s+[^\s"',]+/gi, `$1 ${MASK}`);
}
