import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PERSONA, tempCatalog } from './support/temp-catalog.js';

const BROKEN = 'name: broken\nroles: [painter]\nversion: "1"\ntools: [ls';
const phase = (role: string): { key: string; role: string; instructions: string } => ({
  key: 'a',
  role,
  instructions: 'x',
});

test('S04: personas come in the order of their files, without what editors need', async (t) => {
  const catalog = await tempCatalog(t, {
    'personas/b.yaml': PERSONA,
    'personas/a.json':
      '{"$schema": "x", "name": "first", "version": "1", "roles": ["r"], "backend": "b", "model": "m", "systemPrompt": "p", "tools": []}',
  });
  assert.deepEqual(
    (await catalog.personas()).map(({ name }) => name),
    ['first', 'thinker'],
  );
  assert.ok(!('$schema' in (await catalog.personas())[0]!));
});

test('S04 S29: a broken persona stops the runs that name it or need its role, and no other', async (t) => {
  const catalog = await tempCatalog(t, { 'personas/a.yaml': BROKEN, 'personas/b.yaml': PERSONA });
  const names = async (
    roles: Record<string, string>,
    role: string,
    overrides?: Record<string, string>,
  ): Promise<string[]> =>
    (await catalog.personas({ template: { roles, phases: [phase(role)] }, overrides })).map(({ name }) => name);
  assert.deepEqual(await names({}, 'thinker'), ['thinker']);
  assert.deepEqual(
    await names({ painter: 'thinker' }, 'painter'),
    ['thinker'],
    'the role is filled by name, so the pool is not asked',
  );
  const refused = { code: 'persona_invalid', message: /a\.yaml:4:\d+: / };
  await assert.rejects(names({}, 'painter'), refused);
  await assert.rejects(names({ thinker: 'broken' }, 'thinker'), refused);
  await assert.rejects(names({}, 'thinker', { thinker: 'broken' }), refused);
  await assert.rejects(catalog.personas(), refused);
});

test('an unknown tool and a misspelt field are named, with what was perhaps meant', async (t) => {
  const catalog = await tempCatalog(t, {
    'personas/p.yaml': PERSONA.replace('write_file', 'writefile').replace('systemPrompt', 'promt'),
  });
  await assert.rejects(catalog.personas(), (error: Error & { code: string }) => {
    assert.equal(error.code, 'persona_invalid');
    assert.match(
      error.message,
      /p\.yaml:7:13: \/tools\/1: must be one of .*; found "writefile", did you mean "write_file"\?/,
    );
    assert.match(error.message, /p\.yaml:6:1: \/promt: unknown field "promt", did you mean "systemPrompt"\?/);
    return true;
  });
});

test('two personas of one name are refused, naming both files', async (t) => {
  const catalog = await tempCatalog(t, { 'personas/a.yaml': PERSONA, 'personas/b.yaml': PERSONA });
  await assert.rejects(catalog.personas({ template: { phases: [phase('x')] } }), {
    code: 'persona_invalid',
    message: /thinker.*a\.yaml.*b\.yaml/,
  });
});
