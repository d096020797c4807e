import { Ajv2020 } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import type { JsonObject, JsonValue } from '../domain/text/json.js';
import { generate } from './generate-json.js';
import { SchemaDocument } from './schema-document.js';

// in this order, because what the schema's author wrote is better than what we make up
const STYLES = [
  { examples: true, optional: true },
  { examples: false, optional: true },
  { examples: false, optional: false },
] as const;
const BRANCHES = 4;
const MAX_MISSING = 20;

/**
 * JSON that satisfies a JSON Schema 2020-12. It is one of the schema's own `examples` where that is valid, or else a
 * generated value. ajv has checked every value that this gives.
 *
 * @param schema - references must lead to somewhere within it (`#/$defs/x`, or the `$id` of an embedded schema)
 * @throws Error when the schema can't be compiled, or no valid value was found
 */
export function exampleJson(schema: JsonObject): JsonValue {
  const isValid = validator(schema);
  for (const candidate of candidates(schema)) {
    if (candidate !== undefined && isValid(candidate)) return candidate;
  }
  throw new Error('found no value that satisfies the schema');
}

/**
 * Whether a value satisfies a schema. Unknown keywords are allowed, as providers allow them. A reference to a schema
 * that is not there allows everything.
 */
export function validator(schema: JsonObject): (value: JsonValue) => boolean {
  // a wrong schema fails to compile anyway, and it takes longer than everything else to compile the meta-schema first
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false });
  formats.default.default(ajv);
  for (let missing = 0; missing < MAX_MISSING; missing++) {
    try {
      return ajv.compile<JsonValue>(schema);
    } catch (error) {
      if (!(error instanceof Ajv2020.MissingRefError)) throw error;
      ajv.addSchema({ $id: error.missingSchema });
    }
  }
  throw new Error(`the schema refers to more than ${MAX_MISSING} schemas that are not there`);
}

function* candidates(schema: JsonObject): Iterable<JsonValue | undefined> {
  if (Array.isArray(schema.examples)) yield* schema.examples;
  const document = new SchemaDocument(schema);
  for (const style of STYLES) {
    for (let branch = 0; branch < BRANCHES; branch++) yield generate(schema, { ...style, branch, document });
  }
}
