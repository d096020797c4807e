import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { readConfig, SETTINGS, settingsAsVariables } from '../../src/config.js';
import { writeEnvFile } from '../../src/local/env-file.js';
import { nextSteps } from '../../src/local/next-steps.js';
import { tempFolder } from './support/temp-folder.js';

// NUL cannot be in an environment; a lone surrogate is not text
const value = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('\0', ''));
const nasty = fc.constantFrom(
  "'",
  "'\\''",
  '"',
  '$(exit 1)',
  '`id`',
  '\\',
  '\n',
  '\r\n',
  ' ',
  '',
  '!',
  '#x',
  '*',
  '~',
  '=',
  ';&|',
  '日本語',
);
const values = fc.array(
  fc.oneof(
    value,
    fc.array(nasty).map((parts) => parts.join('')),
  ),
  { minLength: 1, maxLength: 8 },
);

test('a shell that sources the env file gets every value back, whatever characters it holds', (t) => {
  const file = join(tempFolder(t), 'env');
  fc.assert(
    fc.property(values, (texts) => {
      const env = Object.fromEntries(texts.map((text, index) => [`V${index}`, text]));
      writeEnvFile(file, env);
      const names = Object.keys(env);
      const script = `set -eu; . "$1"; exec "$2" -e 'process.stdout.write(JSON.stringify([${names.map((name) => `process.env.${name}`).join()}]))'`;
      const output = execFileSync('/bin/sh', ['-c', script, 'sh', file, process.execPath], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      });
      assert.deepEqual(JSON.parse(output), texts);
    }),
    { numRuns: 40 },
  );
});

test("the env file is its owner's only, replaced in one step, and takes a foreign key and profile away", (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'env');
  writeEnvFile(file, { A: '1' });
  writeEnvFile(file, { B: '2' });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['env']);
  const env = { PATH: process.env.PATH, TEMPORAL_API_KEY: 'x', TEMPORAL_PROFILE: 'prod' };
  const output = execFileSync(
    '/bin/sh',
    ['-c', '. "$1"; echo "${A-}:$B:${TEMPORAL_API_KEY-}:${TEMPORAL_PROFILE-}"', 'sh', file],
    { encoding: 'utf8', env },
  );
  assert.equal(output, ':2::\n');
});

test('the programs of the stack are found first, and the folder stands on the PATH once', (t) => {
  const folder = tempFolder(t);
  const bin = join(folder, "o'neil's bin");
  writeEnvFile(join(folder, 'env'), { A: '1' }, bin);
  const output = execFileSync(
    '/bin/sh',
    ['-c', 'set -eu; . "$1"; . "$1"; printf %s "$PATH"', 'sh', join(folder, 'env')],
    { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } },
  );
  assert.equal(output, `${bin}:/usr/bin:/bin`);
});

test('the command that starts the next run is one a shell understands, with any path', async (t) => {
  const folder = tempFolder(t);
  writeTemplate(folder, 'feature');
  const input = { template: 'feature', repoPath: "/home/o'neil/über repo", baseBranch: 'a "branch" & $HOME' };
  const stack = {
    PHASEGATE_TASK_QUEUE: 'my queue',
    TEMPORAL_UI_URL: 'http://127.0.0.1:8233',
    PHASEGATE_TEMPLATES: folder,
  };
  const command = (await nextSteps('/x/.phasegate', stack, true, input))
    .split('\n')
    .find((line) => line.includes('workflow start'));
  const env = { PATH: process.env.PATH };
  const words = execFileSync('/bin/sh', ['-c', `set -- ${command?.trim()}; printf '%s\\0' "$@"`], {
    encoding: 'utf8',
    env,
  }).split('\0');
  assert.equal(words[words.indexOf('--task-queue') + 1], 'my queue');
  assert.deepEqual(JSON.parse(words[words.indexOf('--input') + 1] ?? ''), {
    ...input,
    requirements: 'What is to be done.',
  });
});

test('only a template is suggested that the folder of the stack has, and that is sound', async (t) => {
  const folder = tempFolder(t);
  const stepsIn = (PHASEGATE_TEMPLATES: string, wanted?: object) =>
    nextSteps('/x/.phasegate', { PHASEGATE_TASK_QUEUE: 'q', PHASEGATE_TEMPLATES }, true, wanted);
  const nothing = await stepsIn(folder);
  assert.match(nothing, /no template that can be used in .*PHASEGATE_TEMPLATES/);
  assert.doesNotMatch(nothing, /--template|workflow start/);
  assert.match(await stepsIn(join(folder, 'missing')), /no template that can be used/);
  writeFileSync(join(folder, 'broken.yaml'), 'name: [');
  writeTemplate(folder, 'own-work');
  assert.match(await stepsIn(folder), /--template 'own-work'/);
  assert.match(await stepsIn(folder, { template: 'misspelt' }), /"template":"own-work"/);
  writeTemplate(folder, 'feature');
  assert.match(await stepsIn(folder), /--template 'feature'/);
});

test('every setting of a worker is a variable with the value it runs with; paths are absolute', () => {
  const given = {
    PHASEGATE_TEMPLATES: 'mine/templates',
    PHASEGATE_PERSONAS: '/my/personas',
    PHASEGATE_CONCURRENT_PHASES: '3',
    DATABASE_URL: 'postgresql://u@h/d',
    PHASEGATE_WORKSPACE_ROOT: 'w',
    OTHER: 'x',
  };
  const variables = settingsAsVariables(given, '/clone');
  assert.deepEqual(
    Object.keys(variables).sort(),
    Object.values(SETTINGS)
      .map(({ name }) => name)
      .sort(),
  );
  assert.equal(variables.PHASEGATE_TEMPLATES, '/clone/mine/templates');
  assert.equal(variables.PHASEGATE_WORKSPACE_ROOT, '/clone/w');
  assert.equal(variables.PHASEGATE_CONCURRENT_PHASES, '3');
  assert.match(variables.PHASEGATE_SCHEMAS ?? '', /^\/.*schemas\/artifacts$/);
  const keys = Object.keys(SETTINGS) as (keyof typeof SETTINGS)[];
  assert.deepEqual(readConfig(variables, keys), {
    ...readConfig(given, keys),
    templates: '/clone/mine/templates',
    workspaceRoot: '/clone/w',
  });
});

function writeTemplate(folder: string, name: string): void {
  const phases = [
    { key: 'a', role: 'r', instructions: 'x', artifact: { path: 'artifacts/a.json', schema: 'urn:x:y' } },
  ];
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ name, version: '1.0.0', phases }));
}
