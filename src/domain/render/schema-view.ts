import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';
import { childOf, sameValue, type Place, type Schemas } from '../template/schema-place.js';

/** More would be a schema that is written to take time. */
const MOST_PLACES = 64;
const MOST_NAMES = 1_000;

/** What schemas say of one value: the order and the titles of its members. */
export interface SchemaView {
  /** Names of members, in the order of `properties`. */
  names: readonly string[];
  /** The title that the member's own place has: a schema that is referred to names a kind of value, not the member. */
  title: string | null;
  /** It lists the possible values. */
  isEnum: boolean;
  /** What is said of a member: of an object by its name, of an array by its index. */
  child: (name: string) => SchemaView;
}

/**
 * A view of the documents of a schema.
 *
 * @param schemas - the schema, and all that it refers to, by `$id`
 * @param schemaId - a schema that is missing says nothing
 */
export function schemaView(schemas: Schemas, schemaId: string): SchemaView {
  const views = new Map<string, SchemaView>();
  const ids = new Map<JsonValue, number>();
  const idOf = ({ schema = null }: Place): number => {
    const id = ids.get(schema) ?? ids.size;
    ids.set(schema, id);
    return id;
  };
  // equal places give the same view, so that a schema costs no more for a document of a thousand members
  const viewOf = (own: readonly Place[]): SchemaView => {
    const key = own.map(idOf).join(' ');
    const known = views.get(key);
    if (known) return known;
    const view = makeView(own);
    views.set(key, view);
    return view;
  };
  const makeView = (own: readonly Place[]): SchemaView => {
    const places = allPlaces(schemas, own);
    const children = new Map<string, SchemaView>();
    return {
      names: namesOf(places),
      title: titleOf(own),
      isEnum: places.some(({ schema }) => isJsonObject(schema) && Array.isArray(schema.enum)),
      child: (name) => {
        const known = children.get(name);
        if (known) return known;
        const found = viewOf(places.flatMap((place) => memberOf(place, name)).slice(0, MOST_PLACES));
        if (children.size < MOST_NAMES) children.set(name, found);
        return found;
      },
    };
  };
  const root = Object.hasOwn(schemas, schemaId) ? schemas[schemaId] : undefined;
  return viewOf(root ? [{ schema: root, root }] : []);
}

/** The places that speak of a value, those of `$ref`, `allOf`, `anyOf` and `oneOf` among them. */
function allPlaces(schemas: Schemas, own: readonly Place[]): Place[] {
  const found: Place[] = [];
  const seen = new Set<JsonObject>();
  const left = [...own];
  for (let place = left.shift(); place && found.length < MOST_PLACES; place = left.shift()) {
    const { schema } = place;
    if (!isJsonObject(schema) || seen.has(schema)) continue;
    seen.add(schema);
    found.push(place);
    left.push(...sameValue(schemas, place).slice(0, MOST_PLACES));
  }
  return found;
}

function memberOf(place: Place, name: string): Place[] {
  const child = childOf(place, name);
  if (child) return [child];
  const rest = isJsonObject(place.schema) ? place.schema.additionalProperties : undefined;
  return isJsonObject(rest) ? [{ schema: rest, root: place.root }] : [];
}

function namesOf(places: readonly Place[]): string[] {
  const names = new Set<string>();
  for (const { schema } of places) {
    const properties = isJsonObject(schema) ? schema.properties : undefined;
    if (!isJsonObject(properties)) continue;
    for (const name of Object.keys(properties)) {
      if (names.size >= MOST_NAMES) return [...names];
      names.add(name);
    }
  }
  return [...names];
}

function titleOf(own: readonly Place[]): string | null {
  for (const { schema } of own)
    if (isJsonObject(schema) && typeof schema.title === 'string' && schema.title.trim() !== '') return schema.title;
  return null;
}
