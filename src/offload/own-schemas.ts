import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import type { JsonObject } from '../domain/text/json.js';
import { PACKAGE_ROOT } from '../package-root.js';

/** The formats of our own files, each described by `schemas/NAME.schema.json` of this package. */
export type OwnSchema = 'template' | 'persona' | 'backends' | 'run-input' | 'repository';

// a test checks that they are valid schemas, so not every process has to
const ajv = new Ajv2020({ strict: true, allErrors: true, verbose: true, validateSchema: false });
formats.default.default(ajv);
const compiled = new Map<OwnSchema, ValidateFunction>();

/** The validator of one of our own file formats. It is compiled at its first use. */
export function ownValidator(name: OwnSchema): ValidateFunction {
  const known = compiled.get(name);
  if (known) return known;
  const text = readFileSync(path.join(PACKAGE_ROOT, 'schemas', `${name}.schema.json`), 'utf8');
  const validate = ajv.compile(JSON.parse(text) as JsonObject);
  compiled.set(name, validate);
  return validate;
}
