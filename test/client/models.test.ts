import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { startable } from '../../src/local/startable.js';
import { openAiError, startProvider, withCalls } from '../agent/providers/provider-server.js';
import { temporaryFolder } from '../support/git-repository.js';

const GOOD = '{"title":"ready","steps":[{"name":"look","risk":"low"},{"name":"act","risk":"high"}]}';
const persona = (name: string, model: object) => ({
  name,
  version: '1',
  roles: ['worker'],
  systemPrompt: 'You work.',
  tools: ['write_file'],
  ...model,
});

/** `client models`, as a person calls it who has these files and keys, and nothing else. */
async function caller(t: TestContext, personas: object[], backends: object) {
  const root = temporaryFolder(t);
  mkdirSync(path.join(root, 'personas'));
  for (const [n, one] of personas.entries())
    writeFileSync(path.join(root, 'personas', `${n}.json`), JSON.stringify(one));
  writeFileSync(path.join(root, 'backends.json'), JSON.stringify({ backends }));
  const env = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    PHASEGATE_PERSONAS: path.join(root, 'personas'),
    PHASEGATE_BACKENDS: path.join(root, 'backends.json'),
    GOOD_KEY: 'sk-g00d-secret-value',
    BAD_KEY: 'sk-bad-secret-value',
  };
  return (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, [...startable('client.ts'), 'models', ...args], { env }, (error, stdout, stderr) => {
        assert.ok(!/secret-value/.test(stdout + stderr), 'no key is shown');
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      });
    });
}

test('each model in use is asked once, with the key of its backend; exit codes say whether all work', async (t) => {
  const provider = await startProvider(t, {
    refuse: (_body, _n, { headers }) =>
      headers.authorization === 'Bearer sk-g00d-secret-value' ? undefined : openAiError(401, 'bad sk-bad-secret-value'),
    spell: (completion) => withCalls(completion, () => ({ function: { name: 'write_artifact', arguments: GOOD } })),
  });
  const at = (apiKeyEnv: string) => ({ baseUrl: provider.baseUrl, apiKeyEnv, prices: {} });
  const client = await caller(
    t,
    [
      persona('a', { backend: 'works', model: 'one', fallbacks: [{ backend: 'works', model: 'two' }] }),
      persona('b', { backend: 'works', model: 'one' }),
    ],
    {
      works: at('GOOD_KEY'),
      refuses: { ...at('BAD_KEY'), prices: { m: { inputPer1k: 1, outputPer1k: 1 } } },
      keyless: at('NO_KEY'),
    },
  );

  const good = await client('works');
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.match(
    good.stdout,
    /^ok +works\/one: key and model work, it calls tools, its call satisfies the schema, it tells its usage/m,
  );
  assert.match(good.stdout, /^ok +works\/two: /m);
  assert.deepEqual(provider.sent.map(({ model }) => model).sort(), ['one', 'two']);

  const all = await client('--json');
  assert.equal(all.code, 1);
  const found = JSON.parse(all.stdout) as {
    level: string;
    backend: string;
    model: string;
    probe: { failure: object } | null;
  }[];
  assert.deepEqual(
    found.map(({ level, backend, model, probe }) => [level, backend, model, probe && probe.failure !== null]),
    [
      ['ok', 'works', 'one', false],
      ['ok', 'works', 'two', false],
      ['FAIL', 'refuses', 'm', true],
      ['warn', 'keyless', null, null],
    ],
  );

  assert.equal((await client('keyless')).code, 1);
  assert.match((await client('works', '--model', 'three')).stdout, /^ok +works\/three/);
  const unknown = await client('nothing');
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /backend_not_found.*works/s);
  assert.equal((await client('--model', 'x')).code, 2);
});
