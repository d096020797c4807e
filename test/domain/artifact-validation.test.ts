import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { compileValidator, formatError, MAX_ERRORS } from '../../src/domain/artifact-validation.js';
import type { JsonObject } from '../../src/domain/text/json.js';

const FINDING: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:test:finding',
  type: 'object',
  required: ['id', 'when'],
  properties: { id: { type: 'string' }, when: { type: 'string', format: 'date-time' } },
  additionalProperties: false,
};
const LIST: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:test:list',
  type: 'object',
  required: ['findings'],
  properties: { findings: { type: 'array', items: { $ref: 'urn:test:finding' } }, level: { enum: ['low', 'high'] } },
  additionalProperties: false,
};

const validate = compileValidator('urn:test:list', { 'urn:test:list': LIST, 'urn:test:finding': FINDING });

test('S11: schemas refer to one another by $id, formats are checked', () => {
  assert.deepEqual(validate({ findings: [{ id: 'a', when: '2026-11-25T10:00:00Z' }] }), []);
  assert.deepEqual(validate({ findings: [{ id: 'a', when: 'yesterday' }] }), [
    { pointer: '/findings/0/when', expected: 'must match format "date-time"', found: '"yesterday"' },
  ]);
});

test('S12: an error says where, what was expected and what was found', () => {
  const errors = validate({ findings: [{ id: 7 }], level: 'middle', more: 1 }).map(formatError);
  assert.ok(errors.includes('/findings/0/id: must be string; found 7'));
  assert.ok(errors.some((text) => text.startsWith("/findings/0: must have required property 'when'")));
  assert.ok(errors.includes('/level: must be one of ["low","high"]; found "middle"'));
  assert.ok(errors.some((text) => text.startsWith('(whole document): must not have the property "more"')));
});

test('however wrong an artifact is, the errors stay few and short', () => {
  const errors = validate({
    findings: Array.from({ length: 500 }, () => ({ id: 'x'.repeat(10_000), when: 'y'.repeat(10_000), z: 1 })),
  });
  assert.equal(errors.length, MAX_ERRORS);
  for (const error of errors) {
    assert.ok(error.found.length <= 200);
    assert.ok(formatError(error).length <= 300);
  }
});

test('S11: a schema that refers to one that is not there is found when it is compiled', () => {
  assert.throws(() => compileValidator('urn:test:list', { 'urn:test:list': LIST }), /urn:test:finding/);
});

test('S11: something that is not a schema is found when it is compiled', () => {
  const compile = (schema: JsonObject) => () =>
    compileValidator('urn:test:wrong', { 'urn:test:wrong': { $id: 'urn:test:wrong', ...schema } });
  assert.throws(compile({ type: 'objekt' }), /schema\/type must be equal to one of the allowed values/);
  assert.throws(compile({ properties: { a: { minimum: 'one' } } }), /schema\/properties\/a\/minimum must be number/);
  assert.throws(compile({ $schema: 'http://json-schema.org/draft-07/schema#' }), /draft-07/);
  assert.throws(compile({ type: 'string', pattern: '[' }), /regular expression/);
  assert.throws(compile({ type: 'string', format: 'no-such' }), /unknown format "no-such"/);
});

test('a schema costs no compilation of the meta-schema', () => {
  const ms = (i: number): number => {
    const began = performance.now();
    compileValidator(`urn:test:${i}`, { [`urn:test:${i}`]: { $id: `urn:test:${i}`, type: 'object' } });
    return performance.now() - began;
  };
  const each = Array.from({ length: 9 }, (_, i) => ms(i)).sort((a, b) => a - b)[4] ?? Infinity;
  const before = performance.now();
  void new Ajv2020().validateSchema({ type: 'object' });
  const metaMs = performance.now() - before;
  assert.ok(each < metaMs / 2, `${each} ms a schema, ${metaMs} ms the meta-schema`);
});

test('properties that every object of JavaScript has are none of an artifact', () => {
  const schema: JsonObject = {
    ...{ $schema: FINDING.$schema!, $id: 'urn:test:class', type: 'object', required: ['valueOf'] },
    properties: { constructor: { type: 'string' }, toString: { type: 'string' } },
    dependentRequired: { hasOwnProperty: ['x'] },
  };
  const validateClass = compileValidator('urn:test:class', { 'urn:test:class': schema });
  assert.deepEqual(validateClass({ valueOf: 1 }), []);
  assert.deepEqual(
    validateClass({}).map(({ expected }) => expected),
    ["must have required property 'valueOf'"],
  );
  assert.deepEqual(validateClass({ valueOf: 1, constructor: 7 })[0]?.pointer, '/constructor');
});
