import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRunFolder, runFolder } from '../../src/workspace/run-folder.js';
import { failure } from '../support/failure.js';
import { temporaryFolder } from '../support/git-repository.js';

test("S07 a run's folder is named for its id, for the worker's user only, and making it again changes nothing", async (t) => {
  const runId = randomUUID();
  const folder = runFolder(join(temporaryFolder(t), 'runs'), runId);
  assert.equal(folder.root.split('/').at(-1), runId);
  assert.equal(folder.reportMd, join(folder.root, 'report.md'));
  await createRunFolder(folder);
  writeFileSync(join(folder.artifacts, 'a.json'), '{}');
  chmodSync(folder.root, 0o755);
  await createRunFolder(folder);
  assert.equal(statSync(folder.root).mode & 0o777, 0o700);
  assert.ok(statSync(join(folder.artifacts, 'a.json')).isFile());
});

test('S07 a run id that is not a UUID is refused, whatever it would lead to', () => {
  for (const runId of [
    '',
    '..',
    '../../etc',
    'x',
    `${randomUUID()}/..`,
    `${randomUUID()}\n`,
    '/',
    randomUUID().slice(1),
  ]) {
    assert.throws(() => runFolder('/workspace', runId), failure('internal_error'), runId);
  }
});

test('S07 a disk that refuses the folder is a failure with its words', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(createRunFolder(runFolder(file, randomUUID())), failure('workspace_failed', /ENOTDIR/));
});
