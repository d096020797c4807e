import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { openConfinedFolder, PathRefused, type ConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { gitRepository, temporaryFolder, writeFiles } from '../support/git-repository.js';
import { testWorkspace } from '../support/workspace.js';

const open = (root: string): ConfinedFolder => openConfinedFolder(root, { mayWrite: () => null });

async function found(folder: ConfinedFolder, path = '.'): Promise<string[]> {
  const files: string[] = [];
  for await (const file of folder.walk(path, { limit: 1_000 })) files.push(file.path);
  return files;
}

test('links that a repository tracks are checked out as links, and lead nowhere', async (t) => {
  const [repository, outside] = [gitRepository(t), temporaryFolder(t)];
  writeFiles(outside, { 'secret.txt': 'canary' });
  mkdirSync(join(repository.path, 'docs'));
  for (const [link, target] of [
    ['file', join(outside, 'secret.txt')],
    ['folder', outside],
    ['docs/up', '../../..'],
    ['git', '.git'],
    ['new', join(outside, 'new.txt')],
  ] as const)
    symlinkSync(target, join(repository.path, link));
  repository.commit({ 'docs/a.md': 'a' });
  const { folder, runId, workflowId } = await testWorkspace(t, repository);
  const confined = open(folder.root);
  assert.equal(readlinkSync(join(folder.repo, 'folder')), outside, 'the link is there');
  for (const path of [
    'repo/file',
    'repo/folder/secret.txt',
    'repo/docs/up/report.json',
    'repo/git',
    'repo/git/config',
    'repo/new',
  ]) {
    await assert.rejects(confined.read(path), PathRefused, path);
    await assert.rejects(confined.write(path, 'x'), PathRefused, path);
  }
  for (const path of ['repo/folder', 'repo/docs/up', 'repo/git'])
    await assert.rejects(confined.list(path), PathRefused, path);
  assert.deepEqual(await found(confined), ['repo/README.md', 'repo/docs/a.md', 'repo/src/a.txt']);
  await confined.write('repo/docs/a.md', 'b');
  assert.ok(await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'o' }));
  assert.deepEqual(readdirSync(outside), ['secret.txt']);
  assert.ok(lstatSync(join(folder.repo, 'folder')).isSymbolicLink());
});

test('the .git of a real worktree stays as it is, and so does what it points to', async (t) => {
  const { folder, repository } = await testWorkspace(t);
  const pointer = readFileSync(join(folder.repo, '.git'), 'utf8');
  const confined = open(folder.root);
  const gitDir = pointer.replace('gitdir: ', '').trim();
  for (const path of [
    'repo/.git',
    'repo/.git/config',
    join(folder.repo, '.git'),
    gitDir,
    join(gitDir, 'HEAD'),
    join(repository.path, '.git/config'),
    join(repository.path, '.git/hooks/pre-commit'),
  ]) {
    await assert.rejects(confined.write(path, 'gitdir: /elsewhere'), PathRefused, path);
  }
  assert.equal(readFileSync(join(folder.repo, '.git'), 'utf8'), pointer);
  assert.ok(!existsSync(join(repository.path, '.git/hooks/pre-commit')));
});

test('device files are neither read nor written', async (t) => {
  const root = join(temporaryFolder(t), 'run');
  writeFiles(root, { 'repo/a.txt': 'a', 'artifacts/x': '' });
  try {
    execFileSync('mknod', [join(root, 'repo/zero'), 'c', '1', '5'], { stdio: 'pipe' });
  } catch {
    return t.skip('only root may make device files');
  }
  const confined = open(root);
  await assert.rejects(confined.read('repo/zero'), { name: 'PathRefused', message: /not a regular file/ });
  await assert.rejects(confined.write('repo/zero', 'x'), { name: 'PathRefused', message: /not a regular file/ });
  assert.deepEqual(await found(confined, 'repo'), ['repo/a.txt']);
  assert.deepEqual(
    (await confined.list('repo')).entries.find(({ name }) => name === 'zero'),
    { name: 'zero', kind: 'other' },
  );
});

test('names that are not UTF-8 are left out, and hide nothing beside them', async (t) => {
  const root = join(temporaryFolder(t), 'run');
  writeFiles(root, { 'repo/a.txt': 'a', 'repo/z/b.txt': 'b', 'artifacts/x': '' });
  const bytes = (...name: number[]): Buffer => Buffer.concat([Buffer.from(join(root, 'repo/')), Buffer.from(name)]);
  writeFileSync(bytes(0x66, 0xff, 0xfe), 'odd');
  mkdirSync(bytes(0x64, 0xc3));
  writeFileSync(Buffer.concat([bytes(0x64, 0xc3), Buffer.from('/inside')]), 'odd');
  const confined = open(root);
  assert.deepEqual(await found(confined, 'repo'), ['repo/a.txt', 'repo/z/b.txt']);
  const { entries } = await confined.list('repo');
  assert.deepEqual(entries.map(({ kind }) => kind).toSorted(), ['directory', 'directory', 'file', 'file']);
  for (const { name } of entries.filter((entry) => entry.name.includes('\uFFFD')))
    await assert.rejects(confined.read(`repo/${name}`), PathRefused);
});

test('names that differ in case alone are two files here, and each is what was asked for', async (t) => {
  const root = join(temporaryFolder(t), 'run');
  writeFiles(root, { 'repo/a.txt': 'a', 'artifacts/x': '' });
  const confined = open(root);
  await confined.write('repo/A.txt', 'A');
  const [lower, upper] = [
    (await confined.read('repo/a.txt')).bytes.toString(),
    (await confined.read('repo/A.txt')).bytes.toString(),
  ];
  // a disk that folds cases has one file, which has the newer content
  assert.ok(upper === 'A' && (lower === 'a' || lower === 'A'));
  for (const path of ['REPO/a.txt', 'Artifacts/x', 'repo/.Git/x'])
    await assert.rejects(confined.write(path, 'x'), PathRefused, path);
});
