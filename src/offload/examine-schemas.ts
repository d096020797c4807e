import type { ErrorObject } from 'ajv/dist/2020.js';
import { compileValidator } from '../domain/artifact-validation.js';
import { metaSchemaErrors } from '../domain/template/meta-schema.js';
import { schemaSlips, type SchemaIssue } from '../domain/template/schema-rules.js';
import type { JsonObject, JsonValue } from '../domain/text/json.js';

/** The first schema that can't be used, and the reason; or the reason why they don't compile together. */
export type SchemaFault =
  | { kind: 'invalid'; id: string; errors: ErrorObject[] }
  | { kind: 'slips'; id: string; slips: SchemaIssue[] }
  | { kind: 'not_compiled'; message: string };

/** More issues than anybody is told. */
const MOST_FAULTS = 100;

/** One value of each type. A schema that never comes to an end runs for ever with these, too. */
const SAMPLES: readonly JsonValue[] = [{}, [], '', 0, true, null];

/**
 * Checks whether schemas are valid, compile together, and come to an end.
 *
 * @param id - `$id` of the schema against which artifacts are validated
 * @param schemas - that schema and all that it refers to, by `$id`
 */
export function examineSchemas(id: string, schemas: Record<string, JsonObject>): SchemaFault | null {
  for (const [key, schema] of Object.entries(schemas)) {
    const errors = metaSchemaErrors(schema);
    if (errors.length > 0) return { kind: 'invalid', id: key, errors: errors.slice(0, MOST_FAULTS) };
    const slips = schemaSlips(schema);
    if (slips.length > 0) return { kind: 'slips', id: key, slips: slips.slice(0, MOST_FAULTS) };
  }
  try {
    const validate = compileValidator(id, schemas);
    for (const sample of SAMPLES) validate(sample);
    return null;
  } catch (error) {
    const message =
      error instanceof RangeError
        ? `the schema ${id} is nested too deep, or refers to itself about the same value, which never ends`
        : (error as Error).message;
    return { kind: 'not_compiled', message };
  }
}
