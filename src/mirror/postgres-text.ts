import type { JsonValue } from '../domain/text/json.js';

// PostgreSQL's text and jsonb hold neither NUL nor half a surrogate pair, and agents and people write both. Such a
// character becomes ⟦uXXXX⟧; so does the first character of a text that looks like one already. Nothing is lost.
const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|⟦(?=u[0-9a-f]{4}⟧)/g;
const STORED = /⟦u([0-9a-f]{4})⟧/g;

/** A text as PostgreSQL can hold it; ordinary texts stay as they are. */
export function toStored(text: string): string {
  return text.replace(UNSTORABLE, (char) => `⟦u${char.charCodeAt(0).toString(16).padStart(4, '0')}⟧`);
}

/** A member of a payload in a form that PostgreSQL can hold; null when it is not a text. */
export function storedText(value: unknown): string | null {
  return typeof value === 'string' ? toStored(value) : null;
}

/** The text that was given to {@link toStored}. */
export function fromStored(text: string): string {
  return text.replace(STORED, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** A JSON value as jsonb can hold it: keys and strings through {@link toStored}. */
export function toStoredJson(value: unknown): JsonValue {
  return mapTexts(value as JsonValue, toStored);
}

/** The JSON value that was given to {@link toStoredJson}. */
export function fromStoredJson(value: unknown): JsonValue {
  return mapTexts(value as JsonValue, fromStored);
}

function mapTexts(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [change(key), mapTexts(member, change)]),
  );
}
