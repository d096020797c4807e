import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentHash } from '../../src/domain/text/hash.js';
import { TEMPLATE, tempCatalog } from './support/temp-catalog.js';

test('S03: a template is found by its name, and its content hash does not depend on how the file is written', async (t) => {
  const json = JSON.stringify({
    phases: [
      {
        instructions: 'Think.',
        artifact: { schema: 'urn:test:thought', path: 'artifacts/thought.json' },
        role: 'thinker',
        key: 'think',
      },
    ],
    version: '1.2',
    $schema: './template.schema.json',
    name: 'small',
  });
  const catalogs = await Promise.all([
    tempCatalog(t, { 'templates/any-name.yaml': TEMPLATE }),
    tempCatalog(t, { 'templates/small.json': json }),
  ]);
  const [fromYaml, fromJson] = await Promise.all(catalogs.map((catalog) => catalog.template('small')));
  assert.deepEqual(fromYaml, fromJson);
  assert.equal(contentHash(fromYaml), contentHash(fromJson));
});

test('S03: a name means its highest version, NAME@VERSION exactly that one', async (t) => {
  const version = (number: string): string => TEMPLATE.replace('"1.2"', `"${number}"`);
  const catalog = await tempCatalog(t, {
    'templates/a.yaml': version('1.9'),
    'templates/b.yaml': version('1.10'),
    'templates/c.yaml': version('0.99.9'),
  });
  assert.equal((await catalog.template('small')).version, '1.10');
  assert.equal((await catalog.template('small@1.9')).version, '1.9');
  await assert.rejects(catalog.template('small@3'), {
    code: 'template_not_found',
    message: /small@0\.99\.9, small@1\.10, small@1\.9/,
  });
});

test('an unknown template is refused with the nearest name and all there are; a name is never a path', async (t) => {
  const catalog = await tempCatalog(t, {
    'templates/a.yaml': TEMPLATE,
    'secret.yaml': TEMPLATE.replace('small', 'secret'),
  });
  await assert.rejects(catalog.template('smal'), {
    code: 'template_not_found',
    message: /did you mean small\?.*small@1\.2/,
  });
  for (const name of [
    '../secret',
    '../secret.yaml',
    `${catalog.root}/secret.yaml`,
    '',
    '@',
    '__proto__',
    'constructor',
    'a\0b',
  ]) {
    await assert.rejects(catalog.template(name), { code: 'template_not_found' });
  }
});

test('a broken file stops only those who use it', async (t) => {
  const catalog = await tempCatalog(t, {
    'templates/broken.yaml': 'name: broken\nphases: [',
    'templates/sound.yaml': TEMPLATE,
    'templates/odd.json': '[]',
  });
  assert.equal((await catalog.template('small')).name, 'small');
  await assert.rejects(catalog.template('broken'), { code: 'template_invalid', message: /broken\.yaml:2:10: / });
});

test('a file that is too broken to tell its name is known by the name of the file', async (t) => {
  const catalog = await tempCatalog(t, {
    'templates/lost.yaml': '"',
    'templates/gone.json': '{',
    'templates/bytes.yaml': new Uint8Array([0xff, 0xfe, 0x00]),
  });
  await assert.rejects(catalog.template('lost'), { code: 'template_invalid', message: /lost\.yaml:1:/ });
  await assert.rejects(catalog.template('gone'), { code: 'template_invalid', message: /gone\.json:1:/ });
  await assert.rejects(catalog.template('bytes'), { code: 'template_invalid', message: /not UTF-8/ });
});

test('what a file must not hold is told with line, column, JSON path and the nearest known field', async (t) => {
  const wrong = TEMPLATE.replace('instructions', 'instrucions')
    .replace('"1.2"', '1.2')
    .replace('key: think', 'key: Think');
  const catalog = await tempCatalog(t, { 'templates/wrong.yaml': wrong });
  await assert.rejects(catalog.template('small'), (error: Error & { code: string; details: object }) => {
    assert.equal(error.code, 'template_invalid');
    assert.match(error.message, /wrong\.yaml:2:10: \/version: expected string; found 1\.2 \(write it in quotes\)/);
    assert.match(error.message, /wrong\.yaml:4:10: \/phases\/0\/key: must match pattern .*found "Think"/);
    assert.match(
      error.message,
      /wrong\.yaml:6:5: \/phases\/0\/instrucions: unknown field "instrucions", did you mean "instructions"\?/,
    );
    assert.match(error.message, /wrong\.yaml:4:5: \/phases\/0: the field "instructions" is missing/);
    return true;
  });
});

test('an error in a JSON file has its line and column, too', async (t) => {
  const catalog = await tempCatalog(t, {
    'templates/w.json':
      '{\n  "name": "small",\n  "version": "1",\n  "phases": [\n    { "key": "a", "role": "r", "instructions": 7 }\n  ]\n}',
  });
  await assert.rejects(catalog.template('small'), {
    code: 'template_invalid',
    message: /w\.json:5:48: \/phases\/0\/instructions: expected string; found 7/,
  });
});

test('what the schema of templates cannot say is told at its place too', async (t) => {
  const second =
    '  - { key: think, role: thinker, instructions: Again., artifact: { path: Artifacts/../x.json, schema: s }, gates: [ok, ok] }\n';
  const catalog = await tempCatalog(t, { 'templates/t.yaml': TEMPLATE + second });
  await assert.rejects(catalog.template('small'), (error: Error) => {
    assert.match(error.message, /t\.yaml:8:12: \/phases\/1\/key: the phase key "think" is that of an earlier phase/);
    assert.match(error.message, /t\.yaml:8:\d+: \/phases\/1\/artifact\/path: leads out of the run's folder/);
    assert.match(error.message, /t\.yaml:8:\d+: \/phases\/1\/gates\/1: the gate "ok" stands twice/);
    return true;
  });
});

test('two files with one name and version are refused, naming both', async (t) => {
  const catalog = await tempCatalog(t, {
    'templates/a.yaml': TEMPLATE,
    'templates/b.yml': TEMPLATE.replace('1.2', '1.2.0'),
  });
  await assert.rejects(catalog.template('small'), { code: 'template_invalid', message: /a\.yaml.*b\.yml/ });
});

test('the error for a folder that is not there has its name', async (t) => {
  const catalog = await tempCatalog(t, {});
  const { loadCatalog } = await import('../../src/catalog/catalog.js');
  const nowhere = loadCatalog({ templates: `${catalog.root}/none`, personas: '', schemas: '', backends: '' });
  await assert.rejects(nowhere.template('x'), { code: 'template_not_found', message: /PHASEGATE_TEMPLATES.*none/ });
});
