import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHANGE_LIMITS } from '../../src/domain/change/changes.js';
import { readChanges } from '../../src/workspace/changes/read-changes.js';
import {
  gitRepository,
  temporaryFolder,
  writeFiles,
  writeScript,
  type TestRepository,
} from '../support/git-repository.js';

const changesIn = (repository: TestRepository, from: string, to = repository.git('rev-parse', 'HEAD')) =>
  readChanges({ gitDir: join(repository.path, '.git') }, from, to);

test('what changed between two commits: every status, with its lines', async (t) => {
  const long = Array.from({ length: 40 }, (_, n) => `line ${n}\n`).join('');
  const repository = gitRepository(t, {
    files: { 'a.txt': 'one\ntwo\n', 'gone.txt': 'x\n', 'old name.txt': long, link: 'l\n' },
  });
  const before = repository.git('rev-parse', 'HEAD');
  assert.deepEqual(await changesIn(repository, before), { files: [], total: { files: 0, added: 0, removed: 0 } });
  rmSync(join(repository.path, 'gone.txt'));
  rmSync(join(repository.path, 'link'));
  symlinkSync('a.txt', join(repository.path, 'link'));
  renameSync(join(repository.path, 'old name.txt'), join(repository.path, 'new name.txt'));
  writeFileSync(join(repository.path, 'image.png'), Buffer.from([0x89, 0x50, 0, 1, 2, 3]));
  repository.commit({ 'a.txt': 'one\nTWO\nthree\n', 'new name.txt': `${long}more\n` });
  assert.deepEqual(await changesIn(repository, before), {
    files: [
      { path: 'a.txt', status: 'modified', added: 2, removed: 1 },
      { path: 'gone.txt', status: 'deleted', added: 0, removed: 1 },
      { path: 'image.png', status: 'added', added: null, removed: null },
      { path: 'link', status: 'type_changed', added: 1, removed: 1 },
      { path: 'new name.txt', status: 'renamed', from: 'old name.txt', added: 1, removed: 0 },
    ],
    total: { files: 5, added: 4, removed: 3 },
  });
});

test('names with line ends, tabs and quotes, and names that are not UTF-8, are told apart from the list', async (t) => {
  const repository = gitRepository(t);
  const before = repository.git('rev-parse', 'HEAD');
  const odd = ['new\nline', 'tab\there', '"quoted"', ':100644 100644 a b M', '1\t2\tx', ':(glob)**'];
  for (const name of odd) writeFileSync(join(repository.path, name), 'x\n');
  writeFileSync(Buffer.concat([Buffer.from(`${repository.path}/bytes-`), Buffer.from([0xff, 0xfe])]), 'x\n');
  repository.commit({});
  const { files, total } = await changesIn(repository, before);
  assert.deepEqual(new Set(files.map(({ path }) => path)), new Set([...odd, 'bytes-\uFFFD\uFFFD']));
  assert.ok(files.every(({ status, added, removed }) => status === 'added' && added === 1 && removed === 0));
  assert.deepEqual(total, { files: 7, added: 7, removed: 0 });
});

test('attributes in the repository hide nothing, and what it names is not run', async (t) => {
  const repository = gitRepository(t, {
    files: { 'a.ts': 'one\n', 'b.gen': 'one\n', '.gitattributes': '*.gen -diff\n' },
  });
  const before = repository.git('rev-parse', 'HEAD');
  const canary = join(temporaryFolder(t), 'ran');
  const trap = join(temporaryFolder(t), 'trap');
  writeScript(trap, `touch ${canary}; exec cat`);
  for (const name of ['diff.external', 'diff.x.command', 'diff.x.textconv', 'core.fsmonitor', 'core.pager'])
    repository.git('config', name, trap);
  rmSync(canary, { force: true });
  repository.git('-c', 'core.fsmonitor=', 'rm', '-q', '--cached', 'a.ts');
  writeFiles(repository.path, { 'a.ts': 'two\n', 'b.gen': 'two\n', '.gitattributes': '*.ts diff=x\n*.gen binary\n' });
  repository.git('-c', 'core.fsmonitor=', 'add', '--all');
  repository.git('-c', 'core.fsmonitor=', 'commit', '-q', '-m', 'x');
  rmSync(canary, { force: true });
  const { files } = await changesIn(repository, before);
  assert.deepEqual(
    files.map(({ path, added, removed }) => [path, added, removed]),
    [
      ['.gitattributes', 2, 1],
      ['a.ts', 1, 1],
      ['b.gen', 1, 1],
    ],
  );
  assert.ok(!existsSync(canary));
});

test('a submodule that moves, and a folder in place of a file, are changes like others', async (t) => {
  const [origin, parent] = [gitRepository(t), gitRepository(t)];
  parent.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin.path, 'sub');
  const before = parent.commit({});
  const next = origin.commit({ 'x.txt': 'x\n' });
  parent.git('update-index', '--cacheinfo', `160000,${next},sub`);
  rmSync(join(parent.path, 'README.md'));
  mkdirSync(join(parent.path, 'README.md'));
  writeFiles(parent.path, { 'README.md/inner': 'x\n' });
  parent.git('add', 'README.md');
  parent.git('commit', '-q', '-m', 'x');
  const { files } = await changesIn(parent, before);
  assert.deepEqual(
    files.map(({ path, status }) => [path, status]),
    [
      ['README.md', 'deleted'],
      ['README.md/inner', 'added'],
      ['sub', 'modified'],
    ],
  );
});

test('a list of 20,000 files is bounded, and its total is right', async (t) => {
  const repository = gitRepository(t);
  const before = repository.git('rev-parse', 'HEAD');
  const id = blob(repository);
  const entries = Array.from({ length: 20_000 }, (_, n) => `100644 ${id} 0\tfolder/${'x'.repeat(60)}-${n}\n`);
  execFileSync('git', ['-C', repository.path, 'update-index', '--index-info'], { input: entries.join('') });
  repository.git('commit', '-q', '-m', 'many');
  const { files, total } = await changesIn(repository, before);
  assert.equal(files.length, CHANGE_LIMITS.files);
  assert.deepEqual(files[0], { path: `folder/${'x'.repeat(60)}-0`, status: 'added', added: 1, removed: 0 });
  assert.deepEqual(total, { files: 20_000, added: 20_000, removed: 0 });
});

test('long names are cut, and together they stay below the limit', async (t) => {
  const repository = gitRepository(t);
  const before = repository.git('rev-parse', 'HEAD');
  const folder = `${'d'.repeat(200)}/`.repeat(5);
  const id = blob(repository);
  const entries = Array.from({ length: 150 }, (_, n) => `100644 ${id} 0\t${folder}${n}\n`);
  execFileSync('git', ['-C', repository.path, 'update-index', '--index-info'], { input: entries.join('') });
  repository.git('commit', '-q', '-m', 'long');
  const { files, total } = await changesIn(repository, before);
  assert.ok(files.every(({ path }) => path.length === CHANGE_LIMITS.pathCharacters && path.endsWith('…')));
  assert.ok(JSON.stringify(files).length < 2 * CHANGE_LIMITS.allCharacters);
  assert.equal(total.files, 150);
});

test('a text of more than 8 MiB is not compared', async (t) => {
  const repository = gitRepository(t, { files: { 'big.txt': 'x\n'.repeat(5 * 1024 * 1024) } });
  const before = repository.git('rev-parse', 'HEAD');
  repository.commit({ 'big.txt': 'y\n'.repeat(5 * 1024 * 1024), 'small.txt': 'x\n' });
  assert.deepEqual(await changesIn(repository, before), {
    files: [
      { path: 'big.txt', status: 'modified', added: null, removed: null },
      { path: 'small.txt', status: 'added', added: 1, removed: 0 },
    ],
    total: { files: 2, added: 1, removed: 0 },
  });
});

function blob({ path }: TestRepository): string {
  return execFileSync('git', ['-C', path, 'hash-object', '-w', '--stdin'], { input: 'x\n', encoding: 'utf8' }).trim();
}
