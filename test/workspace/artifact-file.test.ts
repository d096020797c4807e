import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../src/domain/text/hash.js';
import { findMisplaced, readArtifactFile, readArtifactFiles, setAside } from '../../src/workspace/artifact-file.js';
import { failure } from '../support/failure.js';
import { temporaryFolder, writeFiles } from '../support/git-repository.js';
import { prison } from './support/prison.js';

test('S10 S11 an artifact is missing, too large, no file, or its very bytes', async (t) => {
  const { root } = await prison(t);
  writeFiles(root, { 'artifacts/deep/b.json': '{"a":1}' });
  const found = await readArtifactFile(root, 'artifacts/deep/b.json', 7);
  assert.ok(found.kind === 'file' && Math.abs(found.mtimeMs - Date.now()) < 60_000);
  assert.deepEqual([found.bytes.toString(), found.sha256], ['{"a":1}', sha256('{"a":1}')]);
  assert.deepEqual(await readArtifactFile(root, 'artifacts/deep/b.json', 6), { kind: 'too_large', bytes: 7 });
  symlinkSync('a.json', join(root, 'artifacts/link.json'));
  const kinds = {
    'artifacts/none.json': 'missing',
    'artifacts/none/x.json': 'missing',
    'artifacts/deep': 'not_a_file',
    'artifacts/link.json': 'not_a_file',
    'artifacts/slash/etc/hostname': 'not_a_file',
    'repo/fifo': 'not_a_file',
    'repo/hard-link': 'not_a_file',
    'artifacts/a.json/x': 'not_a_file',
  };
  for (const [path, kind] of Object.entries(kinds))
    assert.equal((await readArtifactFile(root, path, 100)).kind, kind, path);
  // all at once, more than are read at a time, in their order
  const many = [...Object.entries(kinds), ['artifacts/deep/b.json', 'file'] as const, ...Object.entries(kinds)];
  const together = await readArtifactFiles(
    root,
    many.map(([path]) => ({ path, maxBytes: 100 })),
    (file) => file.kind,
  );
  assert.deepEqual(
    together,
    many.map(([, kind]) => kind),
  );
});

test('S12 an artifact that was written to another place is found, one of the repository is not meant', async (t) => {
  const { root } = await prison(t);
  writeFiles(root, { 'repo/config/plan.json': '{}' });
  utimesSync(join(root, 'repo/config/plan.json'), new Date(0), new Date(0));
  const find = () => findMisplaced(root, 'artifacts/plan.json', { sinceMs: Date.now() - 60_000 });
  assert.equal(await find(), null);
  assert.equal(await findMisplaced(root, 'artifacts/plan.json'), 'repo/config/plan.json');
  for (const place of ['repo/artifacts/deep/plan.json', 'repo/artifacts/plan.json', 'repo/Plan.json', 'plan.json']) {
    writeFiles(root, { [place]: '{}' });
    assert.equal(await find(), place);
  }
  assert.equal(await findMisplaced(root, 'artifacts/report.json'), null, 'the report is ours');
  assert.equal(await findMisplaced(root, 'artifacts/secret.txt'), null);
});

test('S12 what an earlier attempt left is set aside, where it counts no more and is kept', async (t) => {
  const { root } = await prison(t);
  assert.equal(await setAside(root, 'artifacts/none.json', 'plan-1'), null);
  assert.equal(await setAside(root, 'artifacts/none/none.json', 'plan-1'), null);
  assert.equal(await setAside(root, 'artifacts/a.json', 'plan-1'), '.attempts/plan-1.json');
  assert.equal((await readArtifactFile(root, 'artifacts/a.json', 100)).kind, 'missing');
  assert.equal(readFileSync(join(root, '.attempts/plan-1.json'), 'utf8'), '{}');
  writeFiles(root, { 'artifacts/a.json': 'second' });
  assert.equal(await setAside(root, 'artifacts/a.json', 'plan-1'), '.attempts/plan-1.2.json');
  mkdirSync(join(root, 'artifacts/a.json'));
  assert.equal(await setAside(root, 'artifacts/a.json', 'plan-1'), '.attempts/plan-1.3.json');
  symlinkSync('/etc/passwd', join(root, 'artifacts/a.json'));
  assert.equal(await setAside(root, 'artifacts/a.json', 'plan-1'), '.attempts/plan-1.4.json');
  assert.equal(await setAside(root, 'artifacts/slash/etc/passwd', 'plan-1'), null);
  await assert.rejects(setAside(root, 'artifacts/a.json', '../x'), failure('internal_error'));
});

test("S13 a run's folder that is gone is lost, not an artifact that is missing", async (t) => {
  const root = temporaryFolder(t);
  rmSync(root, { recursive: true });
  for (const use of [
    () => readArtifactFile(root, 'artifacts/a.json', 1),
    () => findMisplaced(root, 'artifacts/a.json'),
    () => setAside(root, 'artifacts/a.json', 'x'),
  ])
    await assert.rejects(use, failure('workspace_lost'));
});
