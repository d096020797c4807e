import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

// to compile the meta-schema takes 40 ms (measured), which an instance of ajv does for itself: one for the whole
// process
const metaSchema = new Ajv2020({ allErrors: true, verbose: true, logger: false });

/**
 * What is wrong with a schema by the meta-schema of JSON Schema 2020-12; nothing for a valid one.
 *
 * @throws Error with ajv's words, when `$schema` names another dialect
 */
export function metaSchemaErrors(schema: object): ErrorObject[] {
  return metaSchema.validateSchema(schema) === true ? [] : (metaSchema.errors ?? []);
}

/** The errors of {@link metaSchemaErrors} as one line. */
export function metaSchemaText(errors: ErrorObject[]): string {
  return metaSchema.errorsText(errors, { dataVar: 'schema' });
}
