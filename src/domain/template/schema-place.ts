import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';
import { atPointer } from '../text/json-pointer.js';

/** Schemas by `$id`. */
export type Schemas = Readonly<Record<string, JsonObject>>;

/** A schema within a file of schemas, to which its references refer. */
export interface Place {
  schema: JsonValue | undefined;
  root: JsonObject;
}

const IN_PLACE = ['allOf', 'anyOf', 'oneOf'];

/** The schema of a member, where this very schema says it. */
export function childOf({ schema, root }: Place, token: string): Place | null {
  if (!isJsonObject(schema)) return null;
  const { properties, prefixItems, items } = schema;
  if (isJsonObject(properties) && Object.hasOwn(properties, token)) return { schema: properties[token], root };
  if (!/^(?:0|[1-9]\d*)$/.test(token)) return null;
  const first = list(prefixItems)[Number(token)];
  if (first !== undefined) return { schema: first, root };
  return items === undefined ? null : { schema: items, root };
}

/** The schemas that speak of the same value as this one. */
export function sameValue(schemas: Schemas, place: Place): Place[] {
  const { schema, root } = place;
  if (!isJsonObject(schema)) return [];
  const target = referred(schemas, place);
  const parts = [...IN_PLACE.flatMap((keyword) => list(schema[keyword])), schema.then, schema.else];
  return [...(target ? [target] : []), ...parts.map((part) => ({ schema: part, root }))];
}

/** The schema to which `$ref` leads; null where there is none, or where nothing is known of it. */
export function referred(schemas: Schemas, { schema, root }: Place): Place | null {
  const ref = isJsonObject(schema) ? schema.$ref : undefined;
  if (typeof ref !== 'string') return null;
  const [file = '', pointer = ''] = ref.split('#');
  const target = file === '' ? root : schemas[file];
  // an anchor: nothing is known of it
  if (!target || (pointer !== '' && !pointer.startsWith('/'))) return null;
  return { schema: atPointer(target, decoded(pointer)), root: target };
}

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}

/** A list of a schema, or none where the keyword is missing or is no list. */
export function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
