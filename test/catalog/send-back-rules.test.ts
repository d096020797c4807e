import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileValidator } from '../../src/domain/artifact-validation.js';
import { matchedOf, whenPointer } from '../../src/domain/rounds/when.js';
import type { Template, TemplatePhase } from '../../src/domain/template/template.js';
import { templateIssues } from '../../src/domain/template/template-rules.js';
import { hasField, mayBe } from '../../src/domain/template/possible-values.js';
import { verdictIssues } from '../../src/domain/template/verdict-rules.js';
import { pointerTokens } from '../../src/domain/text/json-pointer.js';
import type { JsonObject } from '../../src/domain/text/json.js';
import { TEMPLATE, tempCatalog } from './support/temp-catalog.js';

const phase = (key: string, more: Partial<TemplatePhase> = {}): TemplatePhase => ({
  key,
  role: 'r',
  instructions: 'x',
  artifact: { path: `artifacts/${key}.json`, schema: 'urn:v' },
  ...more,
});
const template = (...phases: TemplatePhase[]): Template => ({ name: 't', version: '1', phases });
const back = (more: Partial<NonNullable<TemplatePhase['sendBack']>> = {}) => ({
  gates: ['g'],
  sendBack: { to: 'build', when: { verdict: 'no' }, max: 2, ...more },
});

for (const [what, phases, pointer, message] of [
  [
    'a later phase',
    [phase('build', { sendBack: { ...back().sendBack, to: 'review', onMax: 'fail' } }), phase('review')],
    '/phases/0/sendBack/to',
    /comes later/,
  ],
  ['itself', [phase('build'), phase('review', back({ to: 'review' }))], '/phases/1/sendBack/to', /to itself/],
  [
    'a phase that is not there',
    [phase('build'), phase('review', back({ to: 'biuld' }))],
    '/phases/1/sendBack/to',
    /did you mean "build"/,
  ],
  [
    'a phase without an agent',
    [phase('build', { artifact: undefined }), phase('review', back())],
    '/phases/1/sendBack/to',
    /no artifact/,
  ],
  ['no times', [phase('build'), phase('review', back({ max: 0 }))], '/phases/1/sendBack/max', /between 1 and 20/],
  [
    'too many times',
    [phase('build'), phase('review', back({ max: 21 }))],
    '/phases/1/sendBack/max',
    /between 1 and 20/,
  ],
  [
    'an empty condition',
    [phase('build'), phase('review', back({ when: {} }))],
    '/phases/1/sendBack/when',
    /at least one field/,
  ],
  [
    'people without a gate',
    [phase('build'), phase('review', { ...back(), gates: [] })],
    '/phases/1/sendBack',
    /onMax: fail/,
  ],
  [
    'failWhen without an artifact',
    [phase('build', { artifact: undefined, failWhen: { a: 1 } })],
    '/phases/0/failWhen',
    /has none/,
  ],
  [
    'the name of a copy',
    [phase('build', { artifact: { path: 'artifacts/a.round-2.json', schema: 's' } })],
    '/phases/0/artifact/path',
    /copy of an earlier round/,
  ],
] as const) {
  test(`sendBack: ${what} is refused with its place`, () => {
    const issues = templateIssues(template(...phases));
    assert.deepEqual(
      issues.map((issue) => issue.pointer),
      [pointer],
    );
    assert.match(issues[0]?.message ?? '', message);
  });
}

const SCHEMA: JsonObject = {
  $id: 'urn:v',
  type: 'object',
  properties: {
    verdict: { $ref: 'urn:d#/$defs/verdict' },
    count: { type: 'integer', minimum: 1 },
    deep: { anyOf: [{ properties: { ok: { type: 'boolean' } } }, { properties: { ok: { const: 'maybe' } } }] },
    list: { type: 'array', prefixItems: [{ enum: ['first'] }], items: { type: 'string' } },
  },
};
const SCHEMAS = { 'urn:v': SCHEMA, 'urn:d': { $id: 'urn:d', $defs: { verdict: { enum: ['yes', 'no'] } } } };

for (const [field, constant, expected] of [
  ['verdict', 'no', null],
  ['/verdict', 'yes', null],
  ['/deep/ok', true, null],
  ['/deep/ok', 'maybe', null],
  ['/list/0', 'first', null],
  ['/list/3', 'x', null],
  ['count', 1, null],
  ['verdikt', 'no', /no field "verdikt", did you mean "verdict"/],
  ['/deep/not', true, /no field/],
  ['verdict', 'maybe', /can never be "maybe".*it can be "yes", "no"/],
  ['count', 0, /can never be 0/],
  ['count', 1.5, /can never be 1.5/],
  ['/deep/ok', 'other', /can never be/],
  ['/list/0', 'x', /can never be/],
  ['__proto__', 'x', /no field/],
] as const) {
  test(`a condition that ${field} is ${JSON.stringify(constant)} is ${expected ? 'refused' : 'possible'}`, () => {
    const issues = verdictIssues(template(phase('build', { failWhen: { [field]: constant } })), SCHEMAS);
    if (!expected) return assert.deepEqual(issues, []);
    assert.equal(issues.length, 1);
    assert.match(issues[0]?.message ?? '', expected);
  });
}

test('a verdict that nobody acts on is told; a gate, sendBack or failWhen acts on it', () => {
  const idle = verdictIssues(template(phase('build')), SCHEMAS);
  assert.deepEqual(
    idle.map(({ pointer }) => pointer),
    ['/phases/0/artifact/schema'],
  );
  assert.match(idle[0]?.message ?? '', /give the phase a gate, sendBack or failWhen/);
  const acting = [phase('a', { gates: ['g'] }), phase('b', { failWhen: { verdict: 'no' } })];
  assert.deepEqual(verdictIssues(template(...acting), SCHEMAS), []);
});

test('both are told with file, line and column when the template is loaded', async (t) => {
  const schema = { ...SCHEMA, $id: 'urn:test:thought', properties: { verdict: { enum: ['yes', 'no'] } } };
  const catalog = await tempCatalog(t, {
    'templates/a.yaml': TEMPLATE,
    'schemas/thought.schema.json': JSON.stringify(schema),
  });
  await assert.rejects(catalog.template('small'), {
    code: 'template_invalid',
    message: /a\.yaml:\d+:\d+: .*nothing acts on it/,
  });
});

test('a schema whose branches refer to branches is looked at for a moment only', () => {
  const defs = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [
      `d${i}`,
      { anyOf: [{ $ref: `#/$defs/d${i + 1}` }, { allOf: [{ $ref: `#/$defs/d${i + 1}` }] }] },
    ]),
  );
  const schema = {
    $id: 'urn:b',
    $ref: '#/$defs/d0',
    $defs: { ...defs, d60: { properties: { a: { const: 1 } } } },
  } as JsonObject;
  const before = performance.now();
  hasField({ 'urn:b': schema }, schema, ['a']);
  mayBe({ 'urn:b': schema }, schema, ['a'], 2);
  assert.ok(performance.now() - before < 1_000);
});

test('property: what a valid document has is never refused, and the document meets exactly its own condition', () => {
  const leaf = fc.constantFrom<JsonObject>(
    { enum: ['x', 'y', 1, null] },
    { type: 'string' },
    { const: true },
    { type: ['integer', 'null'] },
    {},
  );
  const schemaOf = fc.letrec<{ schema: JsonObject }>((tie) => ({
    schema: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.dictionary(fc.constantFrom('a', 'b'), tie('schema')).map((properties): JsonObject => ({ properties })),
      fc
        .tuple(fc.constantFrom('anyOf', 'allOf', 'oneOf'), fc.array(tie('schema'), { minLength: 1, maxLength: 2 }))
        .map(([key, parts]): JsonObject => ({ [key]: parts })),
    ),
  })).schema;
  const constant = fc.constantFrom('x', 'y', 'z', 1, 2, true, null);
  fc.assert(
    fc.property(schemaOf, constant, fc.constantFrom('/a', '/b', '/a/b'), (schema, value, field) => {
      const root = { $id: 'urn:test:p', ...schema };
      const document = (field === '/a/b' ? { a: { b: value } } : { [field.slice(1)]: value }) as JsonObject;
      const when = { [field]: value };
      assert.equal(matchedOf({ sendBack: when, failWhen: null }, document).sendBack, true);
      if (compileValidator('urn:test:p', { 'urn:test:p': root })(document).length > 0) return;
      assert.ok(
        mayBe({ 'urn:test:p': root }, root, pointerTokens(whenPointer(field)), value),
        JSON.stringify({ root, field, value }),
      );
    }),
    { numRuns: 300 },
  );
});
