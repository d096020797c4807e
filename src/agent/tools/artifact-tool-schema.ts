import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';

/** The arguments of `write_artifact`. */
export interface ArtifactToolSchema {
  parameters: JsonObject;
  /** Whether the artifact is the member `artifact` of the arguments, instead of the arguments themselves. */
  wrapped: boolean;
}

// keywords that need more of JSON Schema than a tool API has
const INEXPRESSIBLE = ['$anchor', '$dynamicRef', '$dynamicAnchor', '$recursiveRef'];
// keywords that tool APIs refuse at the top of a tool's parameters
const NOT_AT_TOP = ['$ref', 'anyOf', 'oneOf', 'allOf', 'not', 'enum', 'const', 'if'];
const NOT_FOR_MODELS = new Set(['$schema', '$id', '$comment', 'examples']);
/**
 * Upper limits from here on are left out. No ordinary artifact comes near them, every request would have them, and
 * servers that make grammars of schemas grow with them. Whoever is beyond one is told when the artifact is judged.
 */
const FAR_LIMITS = new Map<string, number>([
  ['maxLength', 500],
  ['maxItems', 10],
]);

/**
 * Makes the parameters of a tool from an artifact's schema. A model that limits its tool calls to them can't miss the
 * schema. Schemas that it refers to by `$id` are put under `$defs`. When the top is not a plain object, the artifact
 * goes into a member `artifact`.
 *
 * @param schema - the artifact's schema, 2020-12
 * @param schemas - schemas it may refer to, by `$id`
 * @returns null for a schema that a tool API can't express (anchors, dynamic and unknown references, embedded schemas
 *   with an `$id`, `$defs` of another kind). The agent then writes the artifact with `write_file`.
 */
export function artifactToolSchema(
  schema: JsonObject | null,
  schemas: Record<string, JsonObject>,
): ArtifactToolSchema | null {
  if (schema === null) return null;
  try {
    return new Inliner(schemas).toolSchema(schema);
  } catch (error) {
    if (error instanceof Inexpressible) return null;
    throw error;
  }
}

class Inexpressible extends Error {}

/** One document that is being copied: the place of its root in the result, and its `$id`. */
interface Source {
  id: string;
  pointer: string;
}

class Inliner {
  private readonly definitions: JsonObject = {};
  /** Place of each document by its `$id`. */
  private readonly places = new Map<string, string>();
  private taken: string[] = [];

  constructor(private readonly schemas: Record<string, JsonObject>) {}

  toolSchema(schema: JsonObject): ArtifactToolSchema {
    const wrapped = schema.type !== 'object' || NOT_AT_TOP.some((keyword) => keyword in schema);
    const id = typeof schema.$id === 'string' ? schema.$id : '';
    const pointer = wrapped ? '#/$defs/artifact' : '#';
    if (id) this.places.set(id, pointer);
    this.taken = ['artifact', ...Object.keys(isJsonObject(schema.$defs) ? schema.$defs : {})];
    const root = this.copy(schema, { id, pointer }, true) as JsonObject;
    if (!wrapped) return { wrapped, parameters: { ...root, ...this.withDefinitions(root) } };
    const parameters = {
      type: 'object',
      properties: { artifact: { $ref: '#/$defs/artifact' } },
      required: ['artifact'],
      additionalProperties: false,
      ...this.withDefinitions({ $defs: { artifact: root } }),
    };
    return { wrapped, parameters };
  }

  private withDefinitions({ $defs }: JsonObject): JsonObject {
    const own = isJsonObject($defs) ? $defs : {};
    return Object.keys(own).length + Object.keys(this.definitions).length === 0
      ? {}
      : { $defs: { ...own, ...this.definitions } };
  }

  /** Copies a schema with its references turned to their new places. */
  private copy(value: JsonValue, source: Source, isRoot = false): JsonValue {
    if (Array.isArray(value)) return value.map((item) => this.copy(item, source));
    if (!isJsonObject(value)) return value;
    if (INEXPRESSIBLE.some((keyword) => keyword in value) || (!isRoot && typeof value.$id === 'string'))
      throw new Inexpressible();
    const copied: [string, JsonValue][] = [];
    for (const [keyword, member] of Object.entries(value)) {
      if (NOT_FOR_MODELS.has(keyword) || keyword.startsWith('x-')) continue;
      if (typeof member === 'number' && member >= (FAR_LIMITS.get(keyword) ?? Infinity)) continue;
      if (keyword === '$ref' && typeof member === 'string') copied.push([keyword, this.target(member, source)]);
      else if (MAPS.has(keyword) && isJsonObject(member)) copied.push([keyword, this.copyMap(member, source)]);
      else copied.push([keyword, LITERALS.has(keyword) ? member : this.copy(member, source)]);
    }
    return Object.fromEntries(copied);
  }

  /** A map from names to schemas. Its names are not keywords. */
  private copyMap(map: JsonObject, source: Source): JsonObject {
    return Object.fromEntries(Object.entries(map).map(([name, member]) => [name, this.copy(member, source)]));
  }

  private target(ref: string, source: Source): string {
    if (ref === '#' || ref.startsWith('#/')) return source.pointer + ref.slice(1);
    const [document = '', fragment = ''] = absolute(ref, source.id).split('#', 2);
    if (fragment !== '' && !fragment.startsWith('/')) throw new Inexpressible();
    return this.place(document, ref) + fragment;
  }

  private freeName(): string {
    let number = 1;
    while (this.taken.includes(`schema${number}`)) number++;
    this.taken.push(`schema${number}`);
    return `schema${number}`;
  }

  /** The place of a document in the result. The document is copied there when it is met first. */
  private place(id: string, ref: string): string {
    const known = this.places.get(id);
    if (known !== undefined) return known;
    const schema = this.schemas[id] ?? this.schemas[ref];
    if (!schema) throw new Inexpressible();
    const name = this.freeName();
    const pointer = `#/$defs/${name}`;
    this.places.set(id, pointer);
    this.definitions[name] = this.copy(schema, { id, pointer }, true);
    return pointer;
  }
}

const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const LITERALS = new Set(['const', 'enum', 'default']);

function absolute(ref: string, base: string): string {
  return URL.canParse(ref, base || undefined) ? new URL(ref, base || undefined).href : ref;
}
