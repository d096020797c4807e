import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ArtifactError } from './artifact.js';
import { cut } from './failures.js';
import { contentHash } from './text/hash.js';
import type { JsonObject, JsonValue } from './text/json.js';
import { atPointer } from './text/json-pointer.js';
import { addFormats } from './template/formats.js';
import { linearPattern } from './text/linear-pattern.js';
import { metaSchemaErrors, metaSchemaText } from './template/meta-schema.js';
import { schemaSlips } from './template/schema-rules.js';
import { withoutEmptyEnums } from './template/subschemas.js';

/**
 * Most errors that are reported, and the longest text of one. A text that an agent writes must not make our messages
 * long.
 */
export const MAX_ERRORS = 20;
const MAX_TEXT = 300;
const MAX_FOUND = 200;

/** More schemas than the templates of a team have. */
const MAX_COMPILED = 200;
const compiled = new Map<string, Validator>();

/** Finds the errors of a value. It gives none for a valid one. */
export type Validator = (value: JsonValue) => ArtifactError[];

/**
 * Compiles a JSON Schema 2020-12 with all that it refers to (S11). Formats are checked. Unknown keywords and formats
 * are errors, except keywords that begin with `x-`. Each content is compiled once, because compiling takes far longer
 * than validating.
 *
 * @param schemaId - `$id` of the schema to validate against
 * @param schemas - that schema and all that it refers to, by `$id`
 * @throws Error when a schema is not valid, refers to one that is not there, or has a pattern that can't be matched in
 *   linear time
 */
export function compileValidator(schemaId: string, schemas: Readonly<Record<string, JsonObject>>): Validator {
  const key = contentHash([schemaId, schemas]);
  const validator = compiled.get(key) ?? compile(schemaId, schemas);
  // the one that was used last is kept longest
  compiled.delete(key);
  compiled.set(key, validator);
  for (const oldest of compiled.keys()) if (compiled.size > MAX_COMPILED) compiled.delete(oldest);
  return validator;
}

// ajv tells patterns apart by their text
const regExp = Object.assign((pattern: string) => ({ ...linearPattern(pattern), toString: () => pattern }), {
  code: 'linearPattern',
});

/** `schemaSlips` finds likely typing mistakes; ajv's own strictness would also refuse valid schemas */
const OPTIONS: Options = {
  strict: false,
  strictNumbers: true,
  allErrors: true,
  // without this every object has the properties `constructor` and `toString`
  ownProperties: true,
  logger: false,
  validateSchema: false,
  code: { regExp },
};

function compile(schemaId: string, schemas: Readonly<Record<string, JsonObject>>): Validator {
  const ajv = new Ajv2020(OPTIONS);
  addFormats(ajv);
  for (const schema of Object.values(schemas)) {
    const errors = metaSchemaErrors(schema);
    if (errors.length > 0) throw new Error(`schema is invalid: ${metaSchemaText(errors)}`);
    const [issue] = schemaSlips(schema);
    if (issue) throw new Error(`schema is invalid: ${issue.pointer}: ${issue.message}`);
    ajv.addSchema(withoutEmptyEnums(schema));
  }
  const validate: ValidateFunction | undefined = ajv.getSchema(schemaId);
  if (!validate) throw new Error(`no schema with $id ${schemaId}`);
  return (value) => (validate(value) ? [] : (validate.errors ?? []).slice(0, MAX_ERRORS).map((e) => toError(e, value)));
}

function toError(error: ErrorObject, document: JsonValue): ArtifactError {
  const found = atPointer(document, error.instancePath);
  return {
    pointer: cut(error.instancePath, MAX_TEXT),
    expected: cut(expectation(error), MAX_TEXT),
    found: cut(found === undefined ? 'nothing' : JSON.stringify(found), MAX_FOUND),
  };
}

function expectation({ keyword, message = 'is not valid', params }: ErrorObject): string {
  const detail = params as Record<string, unknown>;
  switch (keyword) {
    case 'enum':
      return `must be one of ${JSON.stringify(detail.allowedValues)}`;
    case 'const':
      return `must be ${JSON.stringify(detail.allowedValue)}`;
    case 'additionalProperties':
      return `must not have the property ${JSON.stringify(detail.additionalProperty)}`;
    case 'unevaluatedProperties':
      return `must not have the property ${JSON.stringify(detail.unevaluatedProperty)}`;
    default:
      return message;
  }
}

/** One error as one line for people and agents: `/tasks/0/id: must be string; found 7`. */
export function formatError({ pointer, expected, found }: ArtifactError): string {
  return cut(`${pointer || '(whole document)'}: ${expected}; found ${found}`, MAX_TEXT);
}
