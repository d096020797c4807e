import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';
import { isScalar } from './blocks.js';
import { labelOf } from './label.js';
import type { SchemaView } from './schema-view.js';

/** Longest text that stands beside its label or in a cell. */
const MAX_INLINE = 240;
const MAX_MEMBERS = 6;
const MAX_ITEMS = 20;

/**
 * A value in one line; null where it takes more. A small flat object and a short list of words have one, too.
 *
 * @param value - any JSON value
 */
export function inlineText(value: JsonValue, view: SchemaView): string | null {
  if (isScalar(value)) return oneLine(scalarText(value));
  if (Array.isArray(value)) return value.length > MAX_ITEMS ? null : listText(value);
  return objectText(value, view);
}

/** A value that is no list and no object, as people read it. */
export function scalarText(value: string | number | boolean | null): string {
  if (typeof value === 'string') return value;
  if (value === null) return '—';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

function listText(items: readonly JsonValue[]): string | null {
  if (items.length === 0) return 'none';
  if (!items.every(isScalar)) return null;
  const texts = items.map(scalarText);
  // sentences are easier to read below each other
  return texts.length === 1 || texts.every((text) => !/[\s,]/.test(text)) ? oneLine(texts.join(', ')) : null;
}

function objectText(value: JsonObject, view: SchemaView): string | null {
  const names = Object.keys(value);
  if (names.length === 0) return 'none';
  if (names.length > MAX_MEMBERS) return null;
  const parts: string[] = [];
  for (const name of orderedNames(value, view)) {
    const member = value[name];
    if (member === undefined || !isScalar(member)) return null;
    parts.push(`${view.child(name).title ?? labelOf(name)}: ${scalarText(member)}`);
  }
  return oneLine(parts.join(' · '));
}

function oneLine(text: string): string | null {
  return text.length > MAX_INLINE || /[\n\r]/.test(text.trim()) ? null : text.trim();
}

/** The names of an object's members: those of the schema in its order, then the others in their own. */
export function orderedNames(value: JsonObject, { names }: SchemaView): string[] {
  const known = names.filter((name) => Object.hasOwn(value, name));
  const isKnown = new Set(known);
  return [...known, ...Object.keys(value).filter((name) => !isKnown.has(name))];
}

/** Whether a value is an object whose members all stand in one line. */
export function isFlat(value: JsonValue, view: SchemaView): value is JsonObject {
  if (!isJsonObject(value)) return false;
  return Object.keys(value).every((name) => inlineText(value[name] ?? null, view.child(name)) !== null);
}
