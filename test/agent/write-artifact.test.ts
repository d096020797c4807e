import assert from 'node:assert/strict';
import test from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { JsonObject } from '../../src/domain/text/json.js';
import { artifactToolSchema } from '../../src/agent/tools/artifact-tool-schema.js';
import { writeArtifact } from '../../src/agent/tools/write-artifact.js';
import { agentBench } from './support/agent-bench.js';
import { callTool, onlySay } from './support/http-stub.js';

const BASE = 'https://phasegate.dev/schemas/';
const RISK: JsonObject = {
  $id: `${BASE}risk`,
  $defs: { level: { enum: ['low', 'high'] } },
  type: 'object',
  properties: {
    level: { $ref: '#/$defs/level' },
    causes: { type: 'array', items: { $ref: '#' } },
    examples: { type: 'string' },
  },
  required: ['level'],
};
const PLAN: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `${BASE}plan`,
  type: 'object',
  examples: [{ title: 'x' }],
  $defs: { title: { type: 'string', minLength: 1 }, schema1: { type: 'integer' } },
  properties: {
    title: { $ref: '#/$defs/title' },
    weight: { $ref: '#/$defs/schema1' },
    worst: { $ref: `${BASE}risk` },
    level: { $ref: 'risk#/$defs/level' },
    parts: { type: 'array', items: { $ref: '#' } },
    examples: { const: { $ref: 'not a reference' } },
  },
  required: ['title'],
};
const ALL = { [`${BASE}risk`]: RISK, [`${BASE}plan`]: PLAN };

test('an object schema is the parameters, with references to others brought in', () => {
  const { parameters, wrapped } = artifactToolSchema(PLAN, ALL) ?? assert.fail();
  assert.equal(wrapped, false);
  assert.deepEqual(Object.keys(parameters.$defs as JsonObject), ['title', 'schema1', 'schema2']);
  assert.deepEqual((parameters.properties as JsonObject).worst, { $ref: '#/$defs/schema2' });
  assert.deepEqual((parameters.properties as JsonObject).level, { $ref: '#/$defs/schema2/$defs/level' });
  assert.deepEqual((parameters.properties as JsonObject).parts, { type: 'array', items: { $ref: '#' } });
  assert.deepEqual((parameters.properties as JsonObject).examples, { const: { $ref: 'not a reference' } });
  assert.ok(!('examples' in parameters) && !('$id' in parameters) && !('$schema' in parameters));
});

test('the parameters accept exactly what the schema accepts', () => {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(RISK);
  const original = ajv.compile(PLAN);
  const direct = ajv.compile(artifactToolSchema(PLAN, ALL)?.parameters ?? assert.fail());
  const union = { ...PLAN, anyOf: [{ required: ['title'] }] };
  const inMember = ajv.compile(artifactToolSchema(union, ALL)?.parameters ?? assert.fail());
  const level = fc.constantFrom('low', 'high', 'none', 1);
  const risk = fc.record({ level, causes: fc.array(fc.record({ level }), { maxLength: 2 }) }, { requiredKeys: [] });
  const leaf = fc.record(
    { title: fc.constantFrom('', 'a', 5), weight: fc.constantFrom(1, 1.5), worst: risk, level },
    { requiredKeys: [] },
  );
  const plan = fc.record(
    {
      title: fc.constantFrom('', 'a'),
      weight: fc.constantFrom(1, 'x'),
      worst: risk,
      level,
      parts: fc.array(leaf, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
  let accepted = 0;
  fc.assert(
    fc.property(plan, (value) => {
      const expected = original(value);
      accepted += Number(expected);
      return direct(value) === expected && inMember({ artifact: value }) === expected;
    }),
    { numRuns: 1_000 },
  );
  assert.ok(accepted > 5 && accepted < 995, 'both kinds were tried');
});

test('a schema that is not a plain object at the top goes into the member artifact', async () => {
  const list: JsonObject = {
    $id: `${BASE}list`,
    type: 'array',
    items: { $ref: 'risk' },
    $defs: { self: { $ref: '#' } },
  };
  const { parameters, wrapped } = artifactToolSchema(list, ALL) ?? assert.fail();
  assert.equal(wrapped, true);
  assert.deepEqual(parameters, {
    type: 'object',
    properties: { artifact: { $ref: '#/$defs/artifact' } },
    required: ['artifact'],
    additionalProperties: false,
    $defs: {
      artifact: { type: 'array', items: { $ref: '#/$defs/schema1' }, $defs: { self: { $ref: '#/$defs/artifact' } } },
      schema1: {
        $defs: { level: { enum: ['low', 'high'] } },
        type: 'object',
        properties: {
          level: { $ref: '#/$defs/schema1/$defs/level' },
          causes: { type: 'array', items: { $ref: '#/$defs/schema1' } },
          examples: { type: 'string' },
        },
        required: ['level'],
      },
    },
  });
});

test('what a tool API can not express leaves write_file alone', () => {
  const inexpressible: (JsonObject | null)[] = [
    null,
    { type: 'object', properties: { a: { $ref: 'urn:unknown' } } },
    { type: 'object', properties: { a: { $ref: '#anchor' } } },
    { type: 'object', properties: { a: { $dynamicRef: '#node' } } },
    { type: 'object', properties: { a: { $id: 'urn:inner', type: 'string' } } },
  ];
  for (const schema of inexpressible) {
    assert.equal(artifactToolSchema(schema, ALL), null, JSON.stringify(schema));
    assert.equal(writeArtifact({ path: 'artifacts/a.json', schema, schemas: ALL }), null);
  }
});

test('a property with the name of a keyword is not a keyword', () => {
  const schema: JsonObject = {
    type: 'object',
    properties: {
      $ref: { type: 'string' },
      $id: { type: 'string' },
      $anchor: { type: 'string' },
      properties: { type: 'object' },
    },
  };
  assert.deepEqual(artifactToolSchema(schema, {})?.parameters, schema);
});

test('write_artifact writes a wrapped list as the list, and asks for what is missing', async (t) => {
  const bench = await agentBench(t, callTool('write_artifact', {}), callTool('write_artifact', { artifact: ['a'] }));
  const artifact = { ...bench.request.artifact, schema: { type: 'array' } };
  assert.equal((await bench.run({ artifact })).outcome.kind, 'artifact_written');
  assert.deepEqual(await bench.artifact(), ['a']);
  assert.match(String(bench.stub.requests[1]?.body.messages.at(-1)?.content), /`artifact` is missing/);
});

test('without a schema that fits, the agent has write_file only', async (t) => {
  const bench = await agentBench(t, ...onlySay('hm'));
  await bench.run({ tools: ['write_file'], artifact: { ...bench.request.artifact, schema: null } });
  assert.deepEqual(
    bench.stub.requests[0]?.body.tools?.map((tool) => tool.function.name),
    ['write_file'],
  );
});
