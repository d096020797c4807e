import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { inColumns } from '../../src/client/command-line/columns.js';
import { adoptLocalEnv } from '../../src/client/command-line/local-env.js';
import { writeEnvFile } from '../../src/local/env-file.js';

test('a terminal without variables uses the local stack of the clone; one that names another place does not', (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'phasegate-test-'));
  t.after(() => rmSync(root, { recursive: true }));
  assert.equal(adoptLocalEnv(root, {}), false);
  mkdirSync(path.join(root, '.phasegate'));
  const stack = { TEMPORAL_ADDRESS: '127.0.0.1:1', PHASEGATE_TEMPLATES: "/it's\nhere", EMPTY: '' };
  writeEnvFile(path.join(root, '.phasegate/env'), stack, '/some/bin');
  const env: NodeJS.ProcessEnv = { PATH: '/bin' };
  assert.equal(adoptLocalEnv(root, env), true);
  assert.deepEqual(env, { PATH: '/bin', ...stack });
  const own = { DATABASE_URL: 'postgresql://db/x' };
  assert.equal(adoptLocalEnv(root, own), false);
  assert.deepEqual(own, { DATABASE_URL: 'postgresql://db/x' });
});

test('columns are as wide as their widest cell, and lines end where the terminal does', () => {
  const rows = [
    ['a', 'long cell', 'x'],
    ['longer', 'b', ''],
  ];
  assert.equal(inColumns(rows, null), 'a       long cell  x\nlonger  b');
  for (const line of inColumns(rows, 12).split('\n')) assert.ok(line.length <= 12, line);
});
