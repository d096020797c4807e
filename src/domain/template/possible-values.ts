import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';
import { childOf, list, referred, sameValue, type Place, type Schemas } from './schema-place.js';

/** A constant in a condition. */
type Constant = string | number | boolean | null;

/** Branches that refer to branches can be written so that there are more ways through them than anybody can walk. */
const MOST_VISITS = 10_000;

/** One look at a schema: how many more of its parts it may visit. */
interface Look {
  schemas: Schemas;
  left: number;
}

const ANY_OF = ['anyOf', 'oneOf'];

/**
 * Whether a schema names a field, so that documents may be expected to have it.
 *
 * @param tokens - the parts of the field's JSON pointer
 */
export function hasField(schemas: Schemas, root: JsonObject, tokens: readonly string[]): boolean {
  return hasAt(schemas, { schema: root, root }, tokens, new Set());
}

/**
 * Whether a field can have a constant, as far as types, `enum`, `const` and lengths tell. Other keywords are not looked
 * at, so that nothing is refused that is possible.
 */
export function mayBe(schemas: Schemas, root: JsonObject, tokens: readonly string[], constant: Constant): boolean {
  return mayBeAt({ schemas, left: MOST_VISITS }, { schema: root, root }, tokens, constant, new Set());
}

/** The members of a top-level `verdict`; null where the schema has none that lists its values. */
export function verdictValues(schemas: Schemas, root: JsonObject): JsonValue[] | null {
  return valuesAt(schemas, { schema: root, root }, ['verdict'], new Set());
}

function hasAt(schemas: Schemas, place: Place, tokens: readonly string[], seen: Set<JsonValue>): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return true;
  if (!isJsonObject(place.schema) || seen.has(place.schema)) return false;
  seen.add(place.schema);
  const child = childOf(place, token);
  if (child && hasAt(schemas, child, rest, new Set())) return true;
  return sameValue(schemas, place).some((other) => hasAt(schemas, other, tokens, seen));
}

function mayBeAt(
  look: Look,
  place: Place,
  tokens: readonly string[],
  constant: Constant,
  seen: Set<JsonValue>,
): boolean {
  const { schema, root } = place;
  if (schema === false) return false;
  if (!isJsonObject(schema) || seen.has(schema) || look.left-- <= 0) return true;
  seen.add(schema);
  const [token, ...rest] = tokens;
  const here = (next: Place): boolean => mayBeAt(look, next, tokens, constant, seen);
  if (token === undefined) {
    if (!fits(schema, constant)) return false;
  } else {
    const child = childOf(place, token);
    if (child ? !mayBeAt(look, child, rest, constant, new Set()) : schema.additionalProperties === false) return false;
  }
  const target = referred(look.schemas, place);
  if (target && !here(target)) return false;
  if (list(schema.allOf).some((part) => !here({ schema: part, root }))) return false;
  // each branch is looked at on its own: what one of them has seen is new to the next
  return ANY_OF.every((keyword) => {
    const branches = list(schema[keyword]);
    return (
      branches.length === 0 ||
      branches.some((part) => mayBeAt(look, { schema: part, root }, tokens, constant, new Set(seen)))
    );
  });
}

function valuesAt(schemas: Schemas, place: Place, tokens: readonly string[], seen: Set<JsonValue>): JsonValue[] | null {
  const { schema } = place;
  if (!isJsonObject(schema) || seen.has(schema)) return null;
  seen.add(schema);
  const [token, ...rest] = tokens;
  if (token === undefined && Array.isArray(schema.enum)) return schema.enum;
  const child = token === undefined ? null : childOf(place, token);
  const found = child && valuesAt(schemas, child, rest, seen);
  if (found) return found;
  for (const other of sameValue(schemas, place)) {
    const values = valuesAt(schemas, other, tokens, seen);
    if (values) return values;
  }
  return null;
}

function fits(
  { enum: values, const: only, type, minLength, maxLength, minimum, maximum }: JsonObject,
  constant: Constant,
): boolean {
  if (Array.isArray(values) && !values.includes(constant)) return false;
  if (only !== undefined && only !== constant) return false;
  const types = Array.isArray(type) ? type : type === undefined ? null : [type];
  if (types && !typesOf(constant).some((name) => types.includes(name))) return false;
  if (typeof constant === 'string') return within([...constant].length, minLength, maxLength);
  return typeof constant !== 'number' || within(constant, minimum, maximum);
}

function within(value: number, least: JsonValue | undefined, most: JsonValue | undefined): boolean {
  return !(typeof least === 'number' && value < least) && !(typeof most === 'number' && value > most);
}

function typesOf(constant: Constant): string[] {
  if (constant === null) return ['null'];
  if (typeof constant === 'number') return Number.isInteger(constant) ? ['integer', 'number'] : ['number'];
  return [typeof constant];
}
