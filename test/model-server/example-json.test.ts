import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/text/json.js';
import { exampleJson, validator } from '../../src/model-server/example-json.js';
import { textMatching } from '../../src/model-server/pattern-text.js';

const SCHEMAS: Record<string, JsonObject> = {
  'an empty schema': {},
  'the own example first': { type: 'object', properties: { a: { type: 'string' } }, examples: [{ a: 'mine' }] },
  'a wrong own example': {
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'integer', examples: ['no'] } },
    examples: [{ a: 'x' }],
  },
  'a reference to a definition': {
    $ref: '#/$defs/x',
    $defs: { x: { type: 'object', required: ['y'], properties: { y: { $ref: '#/$defs/y' } } }, y: { const: 3 } },
  },
  'a reference to an embedded schema': {
    type: 'array',
    minItems: 2,
    items: { $ref: 'urn:test:in' },
    $defs: { a: { $id: 'urn:test:in', type: 'string', format: 'email' } },
  },
  'a tree': {
    $id: 'urn:test:tree',
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#' } } },
  },
  'a tree that must have a child once': {
    type: 'object',
    required: ['left'],
    properties: { left: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
  },
  branches: {
    oneOf: [
      { type: 'object', required: ['kind'], properties: { kind: { const: 'a' } } },
      { type: 'object', required: ['kind', 'n'], properties: { kind: { const: 'b' }, n: { type: 'number' } } },
    ],
  },
  'branches of a property': {
    type: 'object',
    required: ['v'],
    properties: { v: { anyOf: [{ type: 'integer', minimum: 5 }, { type: 'string' }] } },
  },
  'all of several': {
    allOf: [
      { type: 'object', required: ['a'], properties: { a: { type: 'string', minLength: 20 } } },
      { required: ['b'], properties: { a: { maxLength: 25 }, b: { enum: [1, 2] } } },
    ],
  },
  'if and then': {
    type: 'object',
    properties: { a: { const: 1 } },
    required: ['a'],
    if: { properties: { a: { const: 1 } } },
    then: { required: ['b'], properties: { b: { type: 'boolean' } } },
  },
  'a tuple': { type: 'array', prefixItems: [{ const: 'x' }, { type: 'integer' }], items: false, minItems: 2 },
  'an array that contains': {
    type: 'array',
    contains: { const: 7 },
    minContains: 2,
    items: { type: 'integer' },
    minItems: 3,
  },
  'unique members': { type: 'array', items: { type: 'string', minLength: 3 }, minItems: 5, uniqueItems: true },
  'unique numbers in a small range': {
    type: 'array',
    items: { type: 'integer', minimum: 2, maximum: 4 },
    minItems: 3,
    uniqueItems: true,
  },
  numbers: {
    type: 'object',
    required: ['a', 'b', 'c', 'd'],
    properties: {
      a: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.1 },
      b: { type: 'integer', multipleOf: 7, minimum: 8 },
      c: { type: 'number', maximum: -3 },
      d: { type: 'number', multipleOf: 0.5, minimum: 0.3 },
    },
  },
  formats: {
    type: 'object',
    required: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    properties: {
      a: { type: 'string', format: 'date-time' },
      b: { type: 'string', format: 'uuid' },
      c: { type: 'string', format: 'uri' },
      d: { type: 'string', format: 'ipv6' },
      e: { type: 'string', format: 'date' },
      f: { type: 'string', format: 'duration' },
      g: { type: 'string', format: 'time' },
    },
  },
  patterns: {
    type: 'array',
    minItems: 1,
    prefixItems: [
      { type: 'string', pattern: '^[A-Z]{2,4}-\\d{3,}(?:/[a-z]+)?$' },
      { type: 'string', pattern: '^(?:open|closed)$' },
      { type: 'string', pattern: '^[^\\s@]+@[\\w.-]+\\.\\w{2,}$', minLength: 20 },
    ],
  },
  'any names': {
    type: 'object',
    minProperties: 3,
    additionalProperties: { type: 'integer' },
    propertyNames: { pattern: '^k[0-9]+$' },
  },
  'names by pattern': {
    type: 'object',
    minProperties: 2,
    patternProperties: { '^x-[a-z]+$': { type: 'boolean' } },
    additionalProperties: false,
  },
  'dependent fields': {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    dependentRequired: { a: ['b'] },
    required: ['a'],
  },
  'several types': { type: ['null', 'string', 'integer'] },
  'a reference to a schema that is not there': {
    type: 'object',
    required: ['a'],
    properties: { a: { $ref: 'urn:test:nowhere' } },
  },
  'a property called __proto__': JSON.parse(
    '{"type":"object","required":["__proto__"],"properties":{"__proto__":{"const":1}}}',
  ) as JsonObject,
};

for (const [name, schema] of Object.entries(SCHEMAS)) {
  test(`finds valid JSON for: ${name}`, () => {
    assert.ok(validator(schema)(exampleJson(schema)));
  });
}

test("a schema's own valid example is taken as it is", () => {
  assert.deepEqual(exampleJson(SCHEMAS['the own example first']!), { a: 'mine' });
});

test('says so when nothing satisfies a schema, or it is not a schema', () => {
  for (const schema of [
    { not: {} },
    { type: 'string', minLength: 5, maxLength: 2 },
    { type: 'object', required: ['a'], properties: { a: false } },
    { $ref: '#' },
  ] as JsonObject[]) {
    assert.throws(() => exampleJson(schema), JSON.stringify(schema));
  }
  assert.throws(() => exampleJson({ type: 'nonsense' }));
});

const leaf = fc.oneof(
  fc
    .record({ min: fc.nat(30), more: fc.nat(30) })
    .map(({ min, more }): JsonObject => ({ type: 'string', minLength: min, maxLength: min + more })),
  fc
    .record({ min: fc.integer({ min: -1000, max: 1000 }), more: fc.nat(50) })
    .map(({ min, more }): JsonObject => ({ type: 'integer', minimum: min, maximum: min + more })),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((minimum): JsonObject => ({ type: 'number', minimum })),
  fc
    .uniqueArray(fc.jsonValue(), { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) })
    .map((values): JsonObject => ({ enum: values as JsonValue[] })),
  fc.constantFrom<JsonObject>(
    { type: 'boolean' },
    { type: 'null' },
    { type: 'string', format: 'date-time' },
    { type: 'string', pattern: '^[a-z]+-[0-9]{2}$' },
  ),
);
const { schema: anySchema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .dictionary(fc.string({ minLength: 1, maxLength: 6 }), tie('schema'), { maxKeys: 4 })
      .chain((properties) =>
        fc
          .subarray(Object.keys(properties))
          .map((required): JsonObject => ({ type: 'object', properties, required, additionalProperties: false })),
      ),
    fc
      .record({ items: tie('schema'), minItems: fc.nat(3) })
      .map(({ items, minItems }): JsonObject => ({ type: 'array', items, minItems })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf): JsonObject => ({ anyOf })),
  ),
}));

test('finds valid JSON for any schema made of types, bounds, objects, arrays and branches', () => {
  fc.assert(
    fc.property(anySchema, (schema) => assert.ok(validator(schema)(exampleJson(schema)))),
    { numRuns: 200 },
  );
});

test('a text matches the everyday pattern that it was made for', () => {
  const piece = fc.constantFrom('a', '[a-c]', '\\d', '\\w', '(?:x|yy)', '(z)', '[^0-9]', '-', '\\.', '\\u0041');
  const quantifier = fc.constantFrom('', '?', '*', '+', '{2}', '{1,3}', '{2,}', '+?');
  const pattern = fc
    .array(fc.tuple(piece, quantifier), { minLength: 1, maxLength: 6 })
    .map((parts) => `^${parts.map(([atom, times]) => atom + times).join('')}$`);
  fc.assert(
    fc.property(pattern, fc.nat(20), (source, length) =>
      assert.match(textMatching(source, length), new RegExp(source, 'u')),
    ),
    { numRuns: 500 },
  );
});

test('the first member of an enum is taken, wherever it stands in an object; members of an array differ', () => {
  const status = { enum: ['done', 'not_done'] };
  const item = { type: 'object', required: ['a', 'status'], properties: { a: { type: 'string' }, status } };
  const list = { type: 'array', minItems: 2, items: item };
  const others = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { type: 'string' }]));
  for (let first = 0; first <= 3; first++) {
    const required = [...Object.keys(others).slice(0, first), 'status', 'list'];
    const value = exampleJson({ type: 'object', required, properties: { ...others, status, list } });
    assert.ok(isJsonObject(value) && Array.isArray(value.list));
    assert.equal(value.status, 'done');
    assert.deepEqual(
      value.list.map((member) => isJsonObject(member) && member.status),
      ['done', 'not_done'],
    );
  }
});
