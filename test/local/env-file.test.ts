import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { writeEnvFile } from '../../src/local/env-file.js';
import { nextSteps } from '../../src/local/next-steps.js';
import { tempFolder } from './support/temp-folder.js';

// NUL cannot be in an environment; a lone surrogate is no text
const value = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('\0', ''));
const nasty = fc.constantFrom("'", "'\\''", '"', '$(exit 1)', '`id`', '\\', '\n', '\r\n', ' ', '', '!', '#x', '*', '~', '=', ';&|', '日本語');
const values = fc.array(fc.oneof(value, fc.array(nasty).map((parts) => parts.join(''))), { minLength: 1, maxLength: 8 });

test('a shell that sources the env file gets every value back, whatever characters it holds', (t) => {
  const file = join(tempFolder(t), 'env');
  fc.assert(
    fc.property(values, (texts) => {
      const env = Object.fromEntries(texts.map((text, index) => [`V${index}`, text]));
      writeEnvFile(file, env);
      const names = Object.keys(env);
      const script = `set -eu; . "$1"; exec "$2" -e 'process.stdout.write(JSON.stringify([${names.map((name) => `process.env.${name}`).join()}]))'`;
      const output = execFileSync('/bin/sh', ['-c', script, 'sh', file, process.execPath], { encoding: 'utf8', env: { PATH: process.env.PATH } });
      assert.deepEqual(JSON.parse(output), texts);
    }),
    { numRuns: 40 },
  );
});

test('the env file is its owner\'s only, replaced in one step, and takes a foreign key and profile away', (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'env');
  writeEnvFile(file, { A: '1' });
  writeEnvFile(file, { B: '2' });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['env']);
  const env = { PATH: process.env.PATH, TEMPORAL_API_KEY: 'x', TEMPORAL_PROFILE: 'prod' };
  const output = execFileSync('/bin/sh', ['-c', '. "$1"; echo "${A-}:$B:${TEMPORAL_API_KEY-}:${TEMPORAL_PROFILE-}"', 'sh', file], { encoding: 'utf8', env });
  assert.equal(output, ':2::\n');
});

test('the programs of the stack are found first, and the folder stands on the PATH once', (t) => {
  const folder = tempFolder(t);
  const bin = join(folder, "o'neil's bin");
  writeEnvFile(join(folder, 'env'), { A: '1' }, bin);
  const output = execFileSync('/bin/sh', ['-c', 'set -eu; . "$1"; . "$1"; printf %s "$PATH"', 'sh', join(folder, 'env')], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
  assert.equal(output, `${bin}:/usr/bin:/bin`);
});

test('the command that starts the next run is one a shell understands, with any path', () => {
  const input = { template: 'feature', repoPath: "/home/o'neil/über repo", requirements: 'Say "hello" & $HOME' };
  const command = nextSteps('/x/.phasegate', { PHASEGATE_TASK_QUEUE: 'my queue', TEMPORAL_UI_URL: 'http://127.0.0.1:8233' }, true, input)
    .split('\n')
    .find((line) => line.includes('workflow start'));
  const env = { PATH: process.env.PATH };
  const words = execFileSync('/bin/sh', ['-c', `set -- ${command?.trim()}; printf '%s\\0' "$@"`], { encoding: 'utf8', env }).split('\0');
  assert.equal(words[words.indexOf('--task-queue') + 1], 'my queue');
  assert.deepEqual(JSON.parse(words[words.indexOf('--input') + 1] ?? ''), input);
});
