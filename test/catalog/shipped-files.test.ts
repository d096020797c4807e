import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { checkRunInput } from '../../src/catalog/check-run-input.js';
import { ownValidator, type OwnSchema } from '../../src/offload/own-schemas.js';
import { subschemas } from '../../src/domain/template/subschemas.js';
import { compileValidator } from '../../src/domain/artifact-validation.js';
import { metaSchemaErrors } from '../../src/domain/template/meta-schema.js';
import { bindPersonas } from '../../src/domain/template/binding.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/text/json.js';
import { TOOLS } from '../../src/domain/names.js';
import { PHASE_DEFAULTS } from '../../src/domain/template/template.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

const root = PACKAGE_ROOT;
const at = (name: string): string => path.join(root, name);
const catalog = loadCatalog({
  templates: at('templates'),
  personas: at('personas'),
  schemas: at('schemas'),
  backends: at('backends.yaml'),
});
const readSchema = async (name: string): Promise<JsonObject> =>
  JSON.parse(await readFile(at(`schemas/${name}.schema.json`), 'utf8')) as JsonObject;
const artifactNames = (await readdir(at('schemas/artifacts'))).map((file) => file.replace('.schema.json', ''));
const TEMPLATES: Record<string, { phases: string[]; gated: string[] }> = {
  feature: { phases: ['requirements', 'design', 'plan', 'implementation', 'review'], gated: ['design', 'review'] },
  bugfix: { phases: ['reproduce', 'diagnose', 'fix', 'verify'], gated: ['diagnose'] },
  'repo-review': { phases: ['map', 'risks', 'recommendations'], gated: [] },
};

for (const [name, { phases, gated }] of Object.entries(TEMPLATES)) {
  test(`S03 S05: ${name} has its phases and gates, and can be bound without consent`, async () => {
    const template = await catalog.template(name);
    assert.deepEqual(
      template.phases.map(({ key }) => key),
      phases,
    );
    assert.deepEqual(
      template.phases.filter(({ gates }) => gates?.length).map(({ key }) => key),
      gated,
    );
    const bindings = bindPersonas(template, {
      pool: await catalog.personas({ template }),
      backendState: () => 'available',
      consented: new Set(),
      overrides: {},
    });
    const { prices } = await catalog.backend('openai');
    for (const { persona } of bindings) {
      assert.ok(persona.tools.includes('write_file'), `${persona.name} can leave an artifact`);
      assert.ok(prices[persona.model], `${persona.model} has a price`);
      assert.equal(persona.tools.includes('edit_file'), persona.repoAccess === 'write', persona.name);
    }
  });

  test(`S11: the artifacts of ${name} have schemas that compile, with all they refer to`, async () => {
    for (const { artifact } of (await catalog.template(name)).phases) {
      assert.ok(artifact);
      assert.ok((await catalog.schemaClosure(artifact.schema))[artifact.schema]);
    }
  });
}

for (const name of artifactNames) {
  test(`S11: the artifact schema ${name} explains itself, and its examples satisfy it`, async () => {
    const schema = await readSchema(`artifacts/${name}`);
    assert.equal(schema.$id, `urn:phasegate:artifact:${name}`);
    assert.equal(schema.type, 'object', 'tool calls need an object');
    for (const { schema: part, pointer } of subschemas(schema)) {
      if (isJsonObject(part.properties)) assert.equal(part.additionalProperties, false, pointer);
      if (/\/properties\/[^/]+$/.test(pointer))
        assert.ok('description' in part || '$ref' in part, `${pointer} has no description`);
    }
    const validate = compileValidator(schema.$id, await catalog.schemaClosure(schema.$id));
    const examples = schema.examples as JsonValue[];
    assert.ok(examples.length > 0);
    for (const example of examples) assert.deepEqual(validate(example), []);
    assert.notDeepEqual(validate({}), []);
  });
}

for (const name of ['template', 'persona', 'backends', 'run-input', 'repository'] satisfies OwnSchema[]) {
  test(`the schema of ${name} files has an example for every field, and the example satisfies it`, async () => {
    const schema = await readSchema(name);
    const [example] = schema.examples as [JsonObject];
    assert.deepEqual(metaSchemaErrors(schema), []);
    const validate = ownValidator(name);
    assert.ok(validate(example), JSON.stringify(validate.errors));
    assert.deepEqual(
      Object.keys(schema.properties as JsonObject)
        .filter((key) => key !== '$schema')
        .sort(),
      Object.keys(example).sort(),
    );
    for (const { schema: part, pointer } of subschemas(schema)) {
      if (/\/properties\/[^/]+$/.test(pointer))
        assert.ok('description' in part || '$ref' in part, `${pointer} has no description`);
    }
    if (name === 'run-input') assert.deepEqual(checkRunInput(example), example);
  });
}

test('the schemas say the defaults and the tools that the code has', async () => {
  const defaults = (await readSchema('template')) as unknown as {
    $defs: { phase: { properties: Record<string, { default?: unknown }> } };
  };
  const { timeout, attempts, patience, maxModelCalls } = defaults.$defs.phase.properties;
  assert.deepEqual(
    [timeout?.default, attempts?.default, patience?.default, maxModelCalls?.default],
    [
      `${PHASE_DEFAULTS.timeoutMs / 1000}s`,
      PHASE_DEFAULTS.attempts,
      `${PHASE_DEFAULTS.patienceMs / 3_600_000}h`,
      PHASE_DEFAULTS.maxModelCalls,
    ],
  );
  const persona = (await readSchema('persona')) as unknown as { properties: { tools: { items: { enum: string[] } } } };
  assert.deepEqual(persona.properties.tools.items.enum, [...TOOLS]);
});
