import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Catalog } from '../../src/catalog/catalog.js';
import { tempCatalog } from './support/temp-catalog.js';
import { changeJobTime } from '../support/job-time.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

function schemas(t: TestContext, byId: Record<string, object>): Promise<Catalog> {
  const files = Object.entries(byId).map(
    ([id, schema], i) =>
      [`schemas/deep/er/s${i}.schema.json`, JSON.stringify({ $schema: DIALECT, $id: id, ...schema }, null, 2)] as const,
  );
  return tempCatalog(t, Object.fromEntries(files));
}

test('S11: a closure holds all that can be reached by $ref, once, also in circles, and nothing else', async (t) => {
  const catalog = await schemas(t, {
    'urn:t:a': {
      properties: { b: { $ref: 'urn:t:b#/$defs/x' }, self: { $ref: '#' }, meta: { $ref: DIALECT } },
      type: 'object',
    },
    'urn:t:b': { $defs: { x: { type: 'array', items: { $ref: 'urn:t:c' } } } },
    'urn:t:c': { anyOf: [{ $ref: 'urn:t:a' }, { type: 'null' }] },
    'urn:t:d': { type: 'string' },
  });
  assert.deepEqual(Object.keys(await catalog.schemaClosure('urn:t:a')), ['urn:t:a', 'urn:t:b', 'urn:t:c']);
});

test('S11: references are resolved against the $id, and embedded schemas count as there', async (t) => {
  const catalog = await schemas(t, {
    'https://example.com/s/a.json': {
      type: 'object',
      properties: { b: { $ref: 'b.json' }, c: { $ref: 'urn:t:inner' } },
      $defs: { inner: { $id: 'urn:t:inner', type: 'string' } },
    },
    'https://example.com/s/b.json': { type: 'string' },
  });
  assert.deepEqual(Object.keys(await catalog.schemaClosure('https://example.com/s/a.json')), [
    'https://example.com/s/a.json',
    'https://example.com/s/b.json',
  ]);
});

test('data that look like a reference, and a property of that name, are not references', async (t) => {
  const catalog = await schemas(t, {
    'urn:t:a': {
      type: 'object',
      properties: {
        $ref: { type: 'string' },
        examples: { type: 'object', properties: { x: { const: { $ref: 'urn:t:nowhere' } } } },
      },
      examples: [{ $ref: 'urn:t:nowhere' }],
    },
  });
  assert.deepEqual(Object.keys(await catalog.schemaClosure('urn:t:a')), ['urn:t:a']);
});

test('S11: an unknown schema is found when the run is planned, with the place of the reference', async (t) => {
  const catalog = await schemas(t, {
    'urn:t:finding': { type: 'object', properties: { x: { $ref: 'urn:t:findng' } } },
    'urn:t:finding2': { type: 'string' },
  });
  await assert.rejects(catalog.schemaClosure('urn:t:findng'), {
    code: 'schema_not_found',
    message: /^no schema "urn:t:findng", did you mean urn:t:finding\?/,
  });
  await assert.rejects(catalog.schemaClosure('urn:t:finding'), {
    code: 'schema_not_found',
    message: /s0\.schema\.json:7:15: \/properties\/x\/\$ref: no schema "urn:t:findng"/,
  });
});

test('S11: an invalid schema is found when the run is planned, with its place', async (t) => {
  const catalog = await schemas(t, {
    'urn:t:type': { type: 'object', properties: { a: { type: 'strin' } } },
    'urn:t:min': { type: 'string', minLength: -1 },
    'urn:t:keyword': { type: 'object', properties: { a: { type: 'string', maxLenght: 3 } } },
    'urn:t:format': { type: 'string', format: 'no-such-format' },
    'urn:t:pattern': { type: 'string', pattern: '(' },
    'urn:t:local': { $ref: '#/$defs/none' },
    'urn:x': { type: 'string' },
    'urn:t:old': { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string' },
    'urn:t:boolean': { type: 'object', properties: { a: 3 } },
    'urn:t:look': { patternProperties: { '^a(?!b)': {} } },
  });
  const expected: Record<string, RegExp> = {
    'urn:t:type': /s0\.schema\.json:7:15: \/properties\/a\/type/,
    'urn:t:min': /s1\.schema\.json:5:16: \/minLength/,
    'urn:t:keyword': /s2\.schema\.json:8:7: \/properties\/a\/maxLenght: .*unknown keyword/,
    'urn:t:format': /s3\.schema\.json:5:13: \/format/,
    'urn:t:pattern': /s4\.schema\.json:5:14: \/pattern: the pattern is not a regular expression: Unterminated group/,
    'urn:t:old': /s7\.schema\.json:2:14: \/\$schema: only JSON Schema 2020-12/,
    'urn:t:boolean': /s8\.schema\.json:6:10: \/properties\/a/,
    'urn:x': /s6\.schema\.json:3:10: \/\$id: .*urn:NAMESPACE:NAME/,
    'urn:t:look':
      /s9\.schema\.json:5:5: \/patternProperties\/\^a\(\?!b\): the pattern has a look-ahead, \(\?!b\) at character 3/,
    'urn:t:local': /s5\.schema\.json.*none/,
  };
  for (const [id, message] of Object.entries(expected))
    await assert.rejects(catalog.schemaClosure(id), { code: 'schema_invalid', message }, id);
});

test('a schema in two files, or in a file that does not parse, is refused', async (t) => {
  const catalog = await tempCatalog(t, {
    'schemas/a.json': '{"$id": "urn:t:x"}',
    'schemas/b.yaml': '$id: urn:t:x',
    'schemas/c.json': '{"$id": "urn:t:c",\n}',
    'schemas/ok.yml': '$id: urn:t:ok\ntype: string',
  });
  await assert.rejects(catalog.schema('urn:t:x'), { code: 'schema_invalid', message: /a\.json.*b\.yaml/ });
  await assert.rejects(catalog.schemaClosure('urn:t:c'), { code: 'schema_invalid', message: /c\.json:2:1: / });
  assert.deepEqual(await catalog.schemaClosure('urn:t:ok'), { 'urn:t:ok': { $id: 'urn:t:ok', type: 'string' } });
});

test('S11: a schema that never comes to an end is found when the run is planned', async (t) => {
  const twice = (level: number): object => ({ allOf: [{ $ref: `#/$defs/d${level}` }, { $ref: `#/$defs/d${level}` }] });
  const defs = Array.from({ length: 40 }, (_, n) => [`d${n}`, n === 39 ? {} : twice(n + 1)]);
  const catalog = await schemas(t, {
    'urn:t:self': { $ref: '#' },
    'urn:t:all': { type: 'object', allOf: [{ $ref: '#' }] },
    'urn:t:not': { not: { $ref: '#' } },
    'urn:t:dynamic': { $dynamicAnchor: 'n', anyOf: [{ type: 'string' }, { $dynamicRef: '#n' }] },
    'urn:t:other': { $ref: 'urn:t:another' },
    'urn:t:another': { $ref: 'urn:t:other' },
    'urn:t:doubled': { ...twice(0), $defs: Object.fromEntries(defs) as object },
  });
  for (const id of ['self', 'all', 'not', 'dynamic', 'other']) {
    await assert.rejects(catalog.schemaClosure(`urn:t:${id}`), {
      code: 'schema_invalid',
      message: /refers to itself about the same value/,
    });
  }
  t.after(changeJobTime(0.2));
  await assert.rejects(catalog.schemaClosure('urn:t:doubled'), {
    code: 'schema_invalid',
    message: /took longer than 2 s/,
  });
});
