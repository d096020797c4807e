import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileValidator } from '../../src/domain/artifact-validation.js';
import type { JsonObject, JsonValue } from '../../src/domain/text/json.js';
import { schemaSlips } from '../../src/domain/template/schema-rules.js';

const ID = 'urn:test:rules';
const compile = (schema: JsonObject) =>
  compileValidator(ID, { [ID]: { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: ID, ...schema } });
const object = (...keys: string[]): JsonObject => Object.fromEntries(keys.map((key) => [key, 1]));

/** Valid 2020-12 that people write, each with a value that satisfies it and one that does not. */
const ACCEPTED: Record<string, [schema: JsonObject, good: JsonValue, bad?: JsonValue]> = {
  'several types': [{ type: ['string', 'number'] }, 1, true],
  'several types, and keywords of one of them': [
    { type: ['object', 'null'], properties: { a: { minLength: 2 } } },
    null,
    { a: 'x' },
  ],
  'an open prefixItems': [{ type: 'array', prefixItems: [{ type: 'string' }] }, ['a', 1], [1]],
  'properties without a type': [{ properties: { a: { type: 'string' } } }, { a: 'x' }, { a: 1 }],
  'a required property that is not described': [{ required: ['b'], properties: { a: true } }, object('b'), object('a')],
  'a property that a pattern matches too': [
    { properties: { fo: true }, patternProperties: { '^f': { type: 'number' } } },
    object('fo'),
    { fo: 'x' },
  ],
  'if alone, then alone, minContains alone': [
    { if: { type: 'string' }, allOf: [{ then: false }, { minContains: 3 }] },
    [],
  ],
  'boolean schemas': [{ properties: { a: true, b: false } }, object('a'), object('b')],
  unevaluatedProperties: [
    { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
    object('a'),
    object('b'),
  ],
  unevaluatedItems: [{ prefixItems: [true], unevaluatedItems: false }, [1], [1, 2]],
  $anchor: [
    { $defs: { a: { $anchor: 'A', type: 'string' } }, properties: { x: { $ref: '#A' } } },
    { x: 'x' },
    { x: 1 },
  ],
  $dynamicRef: [
    { $dynamicAnchor: 'node', type: 'object', properties: { c: { items: { $dynamicRef: '#node' } } } },
    { c: [{ c: [] }] },
    { c: [{ c: [1] }] },
  ],
  'an embedded schema': [
    { $defs: { i: { $id: 'urn:test:inner', type: 'string' } }, properties: { a: { $ref: 'urn:test:inner' } } },
    { a: 'x' },
    object('a'),
  ],
  'siblings of $ref': [{ $ref: '#/$defs/a', minLength: 2, $defs: { a: { type: 'string' } } }, 'ab', 'a'],
  definitions: [{ $ref: '#/definitions/a', definitions: { a: { type: 'string' } } }, 'a', 1],
  'dependent keywords': [
    { dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } },
    object('a', 'b'),
    object('c'),
  ],
  'a format without a check': [{ format: 'iri' }, 'x y'],
  'notes for other programs': [
    { 'x-order': 1, properties: { a: { 'x-a.b': [{ c: 1 }], type: 'string' } } },
    { a: 'x' },
    object('a'),
  ],
  'an enum of nothing': [
    { properties: { a: { enum: [] }, b: { not: { enum: [] } } }, $defs: { c: { allOf: [true], enum: [] } } },
    object('b'),
    object('a'),
  ],
  annotations: [
    {
      title: 't',
      description: 'd',
      default: 1,
      deprecated: true,
      readOnly: true,
      examples: [1],
      $comment: 'c',
      contentMediaType: 'application/json',
    },
    1,
  ],
  'keywords without a type': [{ minLength: 2, minimum: 3 }, 5, 'x'],
};

for (const [name, [schema, good, bad]] of Object.entries(ACCEPTED)) {
  test(`S11: valid 2020-12 is accepted: ${name}`, () => {
    const validate = compile(schema);
    assert.deepEqual(validate(good), []);
    if (bad !== undefined) assert.notDeepEqual(validate(bad), []);
  });
}

test('S11: what is likely a slip is told with its place, and with what was meant', () => {
  const slips = (schema: JsonObject): string[] =>
    schemaSlips(schema).map(({ pointer, message }) => `${pointer}: ${message}`);
  assert.deepEqual(slips({ properites: {} }), [
    '/properites: unknown keyword "properites", did you mean "properties"?',
  ]);
  assert.deepEqual(slips({ properties: { 'a/b': { maxLenght: 3, requried: [] } } }), [
    '/properties/a~1b/maxLenght: unknown keyword "maxLenght", did you mean "maxLength"?',
    '/properties/a~1b/requried: unknown keyword "requried", did you mean "required"?',
  ]);
  assert.deepEqual(slips({ items: { format: 'date-tme' } }), [
    '/items/format: unknown format "date-tme", did you mean "date-time"?',
  ]);
  assert.match(slips({ discriminator: {} })[0] ?? '', /a note for other programs begins with x-/);
  assert.match(
    slips({ patternProperties: { '^(?!a)': true } })[0] ?? '',
    /^\/patternProperties\/\^\(\?!a\): the pattern has a look-ahead/,
  );
  assert.match(
    slips({ anyOf: [true, { pattern: '(a)\\1' }] })[0] ?? '',
    /^\/anyOf\/1\/pattern: the pattern has a back-reference/,
  );
});

test('data are not a schema: a likely mistake in them is not reported', () => {
  const data = { maxLenght: 1, pattern: '(?!x)', format: 'nope' };
  assert.deepEqual(
    schemaSlips({
      const: data,
      enum: [data],
      default: data,
      examples: [data],
      properties: { pattern: { type: 'string' }, maxLenght: true },
    }),
    [],
  );
});
