import { KNOWN_FORMATS } from './formats.js';
import { isJsonObject, type JsonObject } from '../text/json.js';
import { pointerToken } from '../text/json-pointer.js';
import { linearPattern, PatternProblem } from '../text/linear-pattern.js';
import { didYouMean } from '../text/nearest-name.js';
import { subschemas, type Subschema } from './subschemas.js';

/** A mistake in a schema that its meta-schema allows and phasegate does not. */
export interface SchemaIssue {
  pointer: string;
  message: string;
  /** The issue is about the pointer's key, not its value. */
  aboutKey?: boolean;
}

/** The keywords of JSON Schema 2020-12, of earlier drafts where they still mean the same, and those that ajv adds. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...[
    '$schema',
    '$id',
    '$ref',
    '$anchor',
    '$dynamicRef',
    '$dynamicAnchor',
    '$defs',
    '$comment',
    '$vocabulary',
    '$recursiveRef',
    '$recursiveAnchor',
  ],
  ...[
    'allOf',
    'anyOf',
    'oneOf',
    'not',
    'if',
    'then',
    'else',
    'dependentSchemas',
    'dependentRequired',
    'dependencies',
    'definitions',
  ],
  ...[
    'properties',
    'patternProperties',
    'additionalProperties',
    'unevaluatedProperties',
    'propertyNames',
    'required',
    'minProperties',
    'maxProperties',
  ],
  ...[
    'items',
    'prefixItems',
    'unevaluatedItems',
    'contains',
    'minContains',
    'maxContains',
    'minItems',
    'maxItems',
    'uniqueItems',
  ],
  ...[
    'type',
    'nullable',
    'enum',
    'const',
    'multipleOf',
    'maximum',
    'exclusiveMaximum',
    'minimum',
    'exclusiveMinimum',
    'minLength',
    'maxLength',
    'pattern',
  ],
  ...[
    'format',
    'formatMinimum',
    'formatMaximum',
    'formatExclusiveMinimum',
    'formatExclusiveMaximum',
    'contentEncoding',
    'contentMediaType',
    'contentSchema',
  ],
  ...['title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly', 'examples'],
]);

/**
 * Finds what is probably a mistake in a schema that is valid by the specification: unknown keywords and formats.
 * Keywords that begin with `x-` are for other programs. It also finds patterns that can't be matched in linear time.
 *
 * @param schema - valid by the meta-schema of 2020-12
 */
export function schemaSlips(schema: JsonObject): SchemaIssue[] {
  return [...subschemas(schema)].flatMap((part) => [
    ...unknownKeywords(part),
    ...unknownFormat(part),
    ...patterns(part),
  ]);
}

function unknownKeywords({ schema, pointer }: Subschema): SchemaIssue[] {
  const unknown = Object.keys(schema).filter((keyword) => !KEYWORDS.has(keyword) && !keyword.startsWith('x-'));
  return unknown.map((keyword) => {
    const meant = didYouMean(keyword, KEYWORDS) || '; a note for other programs begins with x-';
    return {
      pointer: `${pointer}/${pointerToken(keyword)}`,
      message: `unknown keyword ${JSON.stringify(keyword.slice(0, 80))}${meant}`,
      aboutKey: true,
    };
  });
}

function unknownFormat({ schema: { format }, pointer }: Subschema): SchemaIssue[] {
  if (typeof format !== 'string' || KNOWN_FORMATS.has(format)) return [];
  const meant = didYouMean(format, KNOWN_FORMATS);
  return [{ pointer: `${pointer}/format`, message: `unknown format ${JSON.stringify(format.slice(0, 80))}${meant}` }];
}

function patterns({ schema, pointer }: Subschema): SchemaIssue[] {
  const ofNames = isJsonObject(schema.patternProperties) ? Object.keys(schema.patternProperties) : [];
  const issues = ofNames.flatMap((pattern) => {
    const message = patternMessage(pattern);
    return message === null
      ? []
      : [{ pointer: `${pointer}/patternProperties/${pointerToken(pattern)}`, message, aboutKey: true }];
  });
  const message = typeof schema.pattern === 'string' ? patternMessage(schema.pattern) : null;
  return message === null ? issues : [...issues, { pointer: `${pointer}/pattern`, message }];
}

function patternMessage(pattern: string): string | null {
  try {
    linearPattern(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternProblem) return error.message;
    throw error;
  }
}
