import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import { generateNumber, generateString } from './generate-scalar.js';
import { mergeSchemas } from './merge-schemas.js';
import type { SchemaDocument } from './schema-document.js';

/** How to choose where a schema allows several values. */
export interface Style {
  /** Take the `examples` and `default` of subschemas. */
  examples: boolean;
  /** Fill optional properties too. */
  optional: boolean;
  /** The number of the branch of `anyOf` and `oneOf`, and of the member of `enum`, modulo how many there are. */
  branch: number;
  document: SchemaDocument;
}

interface Place {
  /** Name of the property that is filled, for texts that mean something. */
  name: string;
  /** Position in the nearest array, so that its members differ; 0 where there is none: the first member of an `enum`. */
  index: number;
  depth: number;
}

const ROOT: Place = { name: 'value', index: 0, depth: 0 };
/** Below this depth only required properties are filled, so that recursive schemas come to an end. */
const DEEP = 5;
const TOO_DEEP = 24;

/**
 * A value made from a schema. It probably satisfies the schema, but not certainly. Undefined for a schema that nothing
 * satisfies.
 *
 * @param schema - a schema, or `true` / `false`
 */
export function generate(schema: JsonValue | undefined, style: Style, place: Place = ROOT): JsonValue | undefined {
  if (schema === undefined || schema === true) return `example ${place.name}`;
  if (!isJsonObject(schema) || place.depth > TOO_DEEP) return undefined;
  const flat = flatten(schema, style);
  if ('const' in flat) return flat.const;
  if (Array.isArray(flat.enum)) return flat.enum[(style.branch + place.index) % flat.enum.length];
  if (style.examples && Array.isArray(flat.examples) && flat.examples.length > 0)
    return flat.examples[place.index % flat.examples.length];
  if (style.examples && 'default' in flat) return flat.default;
  return generateType(typeOf(flat, style), flat, style, place);
}

/** The schema after its reference was followed and its branches were chosen: one flat set of keywords. */
function flatten(schema: JsonObject, style: Style, hops = 0): JsonObject {
  const { $ref, $dynamicRef, allOf, anyOf, oneOf, then, ...own } = schema;
  const parts: JsonValue[] = [];
  const ref = $ref ?? $dynamicRef;
  if (typeof ref === 'string') parts.push(style.document.resolve(ref) ?? true);
  if (Array.isArray(allOf)) parts.push(...allOf);
  for (const branches of [anyOf, oneOf]) {
    if (Array.isArray(branches)) parts.push(branches[style.branch % branches.length] ?? true);
  }
  if (then !== undefined && style.branch % 2 === 1) parts.push(own.if ?? true, then);
  else if (own.else !== undefined) parts.push(own.else);
  if (hops > TOO_DEEP) return own;
  return parts.filter(isJsonObject).reduce((merged, part) => mergeSchemas(merged, flatten(part, style, hops + 1)), own);
}

function typeOf(schema: JsonObject, { branch }: Style): string {
  if (typeof schema.type === 'string') return schema.type;
  if (Array.isArray(schema.type)) {
    const types = strings(schema.type).filter((type) => type !== 'null');
    return types[branch % types.length] ?? 'null';
  }
  const has = (...keywords: string[]): boolean => keywords.some((keyword) => keyword in schema);
  if (has('properties', 'required', 'minProperties', 'patternProperties', 'propertyNames')) return 'object';
  if (has('items', 'prefixItems', 'contains', 'minItems', 'uniqueItems')) return 'array';
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return 'number';
  return 'string';
}

function generateType(type: string, schema: JsonObject, style: Style, place: Place): JsonValue | undefined {
  switch (type) {
    case 'object':
      return generateObject(schema, style, place);
    case 'array':
      return generateArray(schema, style, place);
    case 'number':
    case 'integer':
      return generateNumber(schema, type, place.index);
    case 'boolean':
      return place.index % 2 === 0;
    case 'null':
      return null;
    default:
      return generateString(schema, place.name, place.index);
  }
}

function generateObject(schema: JsonObject, style: Style, { index, depth }: Place): JsonValue | undefined {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = strings(schema.required);
  const members = new Map<string, JsonValue>();
  const add = (name: string, member: JsonValue | undefined): void => {
    const value = members.has(name) ? undefined : generate(member, style, { name, index, depth: depth + 1 });
    if (value !== undefined) members.set(name, value);
  };
  for (const name of required) add(name, properties[name] ?? otherMember(schema));
  if (required.some((name) => !members.has(name))) return undefined;
  const most = typeof schema.maxProperties === 'number' ? schema.maxProperties : Infinity;
  if (style.optional && depth < DEEP) {
    for (const name of Object.keys(properties)) if (members.size < most) add(name, properties[name]);
  }
  for (const name of dependents(schema, members)) add(name, properties[name]);
  const least = typeof schema.minProperties === 'number' ? schema.minProperties : 0;
  for (const name of Object.keys(properties)) if (members.size < least) add(name, properties[name]);
  for (let i = 0; members.size < least && i < least * 2; i++) add(memberName(schema, i), otherMember(schema));
  return Object.fromEntries(members);
}

function otherMember({ patternProperties, additionalProperties }: JsonObject): JsonValue | undefined {
  return (isJsonObject(patternProperties) ? Object.values(patternProperties)[0] : undefined) ?? additionalProperties;
}

function memberName({ patternProperties, propertyNames }: JsonObject, index: number): string {
  const [pattern] = isJsonObject(patternProperties) ? Object.keys(patternProperties) : [];
  const names: JsonObject = isJsonObject(propertyNames) ? propertyNames : pattern === undefined ? {} : { pattern };
  return generateString(names, 'key', index);
}

function dependents({ dependentRequired }: JsonObject, members: ReadonlyMap<string, JsonValue>): string[] {
  if (!isJsonObject(dependentRequired)) return [];
  return Object.entries(dependentRequired).flatMap(([name, needed]) => (members.has(name) ? strings(needed) : []));
}

function generateArray(schema: JsonObject, style: Style, { name, depth }: Place): JsonValue | undefined {
  const { prefixItems, items, contains, minItems, minContains } = schema;
  const first = Array.isArray(prefixItems) ? prefixItems : [];
  const containing = contains === undefined ? 0 : typeof minContains === 'number' ? minContains : 1;
  const wanted = style.optional && depth < DEEP ? Math.max(1, first.length) : 0;
  const least = Math.max(
    typeof minItems === 'number' ? minItems : 0,
    first.length > 0 && wanted > 0 ? first.length : 0,
    containing,
  );
  const most = typeof schema.maxItems === 'number' ? schema.maxItems : Infinity;
  const length = Math.min(most, Math.max(least, items === false ? 0 : wanted));
  const members: JsonValue[] = [];
  for (let index = 0; index < length; index++) {
    const rest = index < first.length + containing && index >= first.length ? contains : items;
    const value = generate(first[index] ?? rest, style, { name, index, depth: depth + 1 });
    if (value === undefined) return index < least ? undefined : members;
    members.push(value);
  }
  return members;
}

function strings(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((member): member is string => typeof member === 'string') : [];
}
