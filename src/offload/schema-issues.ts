import type { ErrorObject } from 'ajv/dist/2020.js';
import { cut } from '../domain/failures.js';
import { isJsonObject, type JsonValue } from '../domain/text/json.js';
import { atPointer, pointerToken } from '../domain/text/json-pointer.js';
import { nearestName } from '../domain/text/nearest-name.js';
import type { Issue } from './parsed-source.js';

/** Most issues that one message tells. */
export const MAX_ISSUES = 20;
const MAX_FOUND = 120;

/**
 * The errors of a validator, in words for the person who wrote the file or the input: what was expected, what was
 * found, and the known name that was perhaps meant.
 *
 * @param errors - from an ajv with `allErrors` and `verbose`
 * @param document - the document that was validated
 */
export function schemaIssues(errors: readonly ErrorObject[] | null | undefined, document: JsonValue): Issue[] {
  return (errors ?? [])
    .filter(({ keyword }) => keyword !== 'propertyNames')
    .slice(0, MAX_ISSUES)
    .map((error) => toIssue(error, document));
}

function toIssue(error: ErrorObject, document: JsonValue): Issue {
  const { instancePath: pointer, keyword, propertyName } = error;
  if (propertyName !== undefined) {
    const message = `the name ${quoted(propertyName)} ${error.message ?? 'is not allowed'}`;
    return { pointer: `${pointer}/${pointerToken(propertyName)}`, aboutKey: true, message };
  }
  if (keyword === 'additionalProperties') return unknownField(error);
  const found = atPointer(document, pointer);
  return {
    pointer,
    message: `${expectation(error)}${keyword === 'required' ? '' : `; found ${show(found)}`}${hint(error, found)}`,
  };
}

function unknownField({ instancePath, params, parentSchema }: ErrorObject): Issue {
  const name = String((params as { additionalProperty: string }).additionalProperty);
  const known = Object.keys((parentSchema?.properties as object | undefined) ?? {}).filter((key) => key !== '$schema');
  const nearest = nearestName(name, known);
  const meant = nearest === undefined ? '' : `, did you mean ${quoted(nearest)}?`;
  const message = `unknown field ${quoted(name)}${meant} (known: ${known.join(', ')})`;
  return { pointer: `${instancePath}/${pointerToken(name)}`, aboutKey: true, message };
}

function expectation({ keyword, params, message = 'is not valid' }: ErrorObject): string {
  const detail = params as Record<string, unknown>;
  switch (keyword) {
    case 'required':
      return `the field ${quoted(String(detail.missingProperty))} is missing`;
    case 'type':
      return `expected ${String(detail.type)}`;
    case 'enum':
      return `must be one of ${(detail.allowedValues as JsonValue[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'minLength':
      return detail.limit === 1 ? 'must not be empty' : message;
    default:
      return message;
  }
}

function hint({ keyword, params, parentSchema }: ErrorObject, found: JsonValue | undefined): string {
  const detail = params as Record<string, unknown>;
  if (keyword === 'type' && detail.type === 'string' && typeof found === 'number') return ' (write it in quotes)';
  if (keyword === 'pattern' && typeof parentSchema?.description === 'string') return ` (${parentSchema.description})`;
  if (keyword !== 'enum' || typeof found !== 'string') return '';
  const nearest = nearestName(
    found,
    (detail.allowedValues as JsonValue[]).filter((value) => typeof value === 'string'),
  );
  return nearest === undefined ? '' : `, did you mean ${quoted(nearest)}?`;
}

/** A value from outside in a few words. */
export function show(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isJsonObject(value)) return 'an object';
  return cut(typeof value === 'string' ? JSON.stringify(value) : String(value), MAX_FOUND);
}

function quoted(name: string): string {
  return JSON.stringify(cut(name, 80));
}
