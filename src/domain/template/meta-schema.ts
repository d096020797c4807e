import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

// an instance of ajv takes 40 ms to compile the meta-schema for itself, so the whole process has one
const metaSchema = new Ajv2020({ allErrors: true, verbose: true, logger: false });

/**
 * The errors of a schema by the meta-schema of JSON Schema 2020-12; none for a valid schema.
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
