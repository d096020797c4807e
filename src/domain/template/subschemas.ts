import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';
import { pointerToken } from '../text/json-pointer.js';

const ONE = [
  ...['additionalProperties', 'contains', 'contentSchema', 'else', 'if', 'items', 'not'],
  ...['propertyNames', 'then', 'unevaluatedItems', 'unevaluatedProperties'],
];
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const NAMED = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'];

/** A schema within a schema, and its place. */
export interface Subschema {
  schema: JsonObject;
  pointer: string;
}

/**
 * A schema and all schemas written within it, by the keywords of JSON Schema 2020-12. The contents of `examples`,
 * `const` and `enum` are data, even if they look like schemas.
 */
export function* subschemas(schema: JsonValue | undefined, pointer = ''): Iterable<Subschema> {
  if (!isJsonObject(schema)) return;
  yield { schema, pointer };
  for (const keyword of ONE) yield* subschemas(schema[keyword], `${pointer}/${keyword}`);
  for (const keyword of LIST) {
    const list = schema[keyword];
    if (!Array.isArray(list)) continue;
    for (const [i, member] of list.entries()) yield* subschemas(member, `${pointer}/${keyword}/${i}`);
  }
  for (const keyword of NAMED) {
    const named = schema[keyword];
    if (!isJsonObject(named)) continue;
    for (const [name, member] of Object.entries(named))
      yield* subschemas(member, `${pointer}/${keyword}/${pointerToken(name)}`);
  }
}

/**
 * The same schema in a form for ajv. The specification allows an `enum` without members, which no value satisfies, but
 * ajv refuses it.
 *
 * @param schema - is not changed
 */
export function withoutEmptyEnums(schema: JsonObject): JsonObject {
  const isEmpty = ({ schema: { enum: values } }: Subschema): boolean => Array.isArray(values) && values.length === 0;
  if (![...subschemas(schema)].some(isEmpty)) return schema;
  const copy = structuredClone(schema);
  for (const part of [...subschemas(copy)].filter(isEmpty)) {
    const { allOf } = part.schema;
    part.schema.allOf = [...(Array.isArray(allOf) ? allOf : []), false];
    delete part.schema.enum;
  }
  return copy;
}
