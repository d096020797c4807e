import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';

const LARGER = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains']);
const SMALLER = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains']);

/**
 * Two flat schemas as one that demands what both demand, as far as keywords can express it. The narrower bound is
 * taken, `required` and `properties` are joined, and `enum` is intersected. For all other keywords the first schema
 * decides.
 */
export function mergeSchemas(first: JsonObject, second: JsonObject): JsonObject {
  const merged: JsonObject = { ...first };
  for (const [keyword, value] of Object.entries(second)) {
    const present = merged[keyword];
    merged[keyword] = present === undefined ? value : mergeKeyword(keyword, present, value);
  }
  return merged;
}

function mergeKeyword(keyword: string, a: JsonValue, b: JsonValue): JsonValue {
  if (typeof a === 'number' && typeof b === 'number') {
    if (LARGER.has(keyword)) return Math.max(a, b);
    if (SMALLER.has(keyword)) return Math.min(a, b);
  }
  if (keyword === 'type') return mergeTypes(a, b);
  if (keyword === 'required' && Array.isArray(a) && Array.isArray(b)) return [...new Set([...a, ...b])];
  if (keyword === 'enum' && Array.isArray(a) && Array.isArray(b)) return intersect(a, b);
  if (keyword === 'properties' && isJsonObject(a) && isJsonObject(b)) return mergeProperties(a, b);
  return a;
}

function mergeTypes(a: JsonValue, b: JsonValue): JsonValue {
  const common = intersect([a].flat(), [b].flat());
  if (common.length === 0 && [a, b].flat().includes('integer')) return 'integer';
  return common.length === 1 ? (common[0] ?? a) : common;
}

function intersect(a: readonly JsonValue[], b: readonly JsonValue[]): JsonValue[] {
  const texts = new Set(b.map((value) => JSON.stringify(value)));
  return a.filter((value) => texts.has(JSON.stringify(value)));
}

function mergeProperties(a: JsonObject, b: JsonObject): JsonObject {
  const merged: JsonObject = { ...a };
  for (const [name, schema] of Object.entries(b)) {
    const present = merged[name];
    // two whole schemas for one property stay whole: the allOf is flattened later, when the property is made
    merged[name] = present === undefined ? schema : { allOf: [present, schema] };
  }
  return merged;
}
