import type { JsonObject, JsonValue } from '../text/json.js';

/**
 * A schema and all schemas that it refers to, directly or not, from a larger set.
 *
 * @param schemaId - `$id` of the schema to begin with
 * @param schemas - all schemas, by `$id`
 */
export function referencedSchemas(
  schemaId: string,
  schemas: Readonly<Record<string, JsonObject>>,
): Record<string, JsonObject> {
  const found: Record<string, JsonObject> = {};
  const queue = [schemaId];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const schema = schemas[id];
    if (!schema || found[id]) continue;
    found[id] = schema;
    for (const ref of refsIn(schema)) {
      const target = ref.split('#')[0];
      if (target) queue.push(target in schemas ? target : resolve(target, id));
    }
  }
  return found;
}

function* refsIn(value: JsonValue): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if ((key === '$ref' || key === '$dynamicRef') && typeof member === 'string') yield member;
    else yield* refsIn(member);
  }
}

/** A relative reference, resolved against the `$id` of its schema. In practice only the last path segment differs. */
function resolve(ref: string, base: string): string {
  return base.slice(0, base.lastIndexOf('/') + 1) + ref;
}
