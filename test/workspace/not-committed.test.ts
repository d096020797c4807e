import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { findNotCommitted } from '../../src/workspace/worktree/not-committed.js';
import { writeOutlook } from '../../src/workspace/worktree/write-outlook.js';
import { gitRepository, repositoryAt, writeFiles, type TestRepository } from '../support/git-repository.js';
import { testWorkspace, type TestWorkspace } from '../support/workspace.js';

const commit = ({ folder, runId, workflowId }: TestWorkspace, occurrence = 'p-1') =>
  commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence });
const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';

async function left({ folder }: TestWorkspace, ...written: string[]): Promise<Record<string, string>> {
  const found = await findNotCommitted(await openWorktree(folder), written);
  return Object.fromEntries(found.map(({ path, why }) => [path, why]));
}

/** The tools' view of a run's folder, with what they say of a path's future. */
function agentFolder({ folder }: TestWorkspace) {
  return openConfinedFolder(folder.root, { mayWrite: () => null, outlook: writeOutlook(folder) });
}

function withSubmodule(repository: TestRepository, origin: TestRepository): void {
  repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin.path, 'sub');
}

test("an agent is told at once which files will not be committed, and may not write files that can't be", async (t) => {
  const [origin, repository] = [gitRepository(t), gitRepository(t)];
  withSubmodule(repository, origin);
  repository.commit({
    '.gitignore': 'build/\n',
    '.gitattributes': '*.bin filter=lfs\n*.txt16 working-tree-encoding=UTF-16\n',
    'a.bin': POINTER,
  });
  const workspace = await testWorkspace(t, repository);
  const folder = agentFolder(workspace);
  assert.equal((await folder.write('repo/build/x.txt', 'x')).notCommitted, 'ignored by .gitignore (build/)');
  assert.equal((await folder.write('repo/ok.txt', 'x')).notCommitted, undefined);
  assert.equal((await folder.write('artifacts/build/x.txt', 'x')).notCommitted, undefined);
  for (const [path, why] of [
    ['repo/sub/x', /submodule sub/],
    ['repo/a.bin', /filter=lfs/],
    ['repo/new.bin', /filter=lfs/],
    ['repo/a.txt16', /encoding UTF-16/],
  ] as const) {
    await assert.rejects(folder.write(path, 'x'), { name: 'PathRefused', message: why });
  }
  assert.equal(workspace.worktree.git('status', '--porcelain'), '?? ok.txt');
  assert.equal((await commit(workspace))?.filesChanged, 1);
  assert.deepEqual(await left(workspace, 'build/x.txt', 'ok.txt', 'gone.txt'), {
    'build/x.txt': 'ignored by .gitignore (build/)',
  });
});

test('what would need a filter is left out of the commit and listed; pointers that only moved are committed', async (t) => {
  const repository = gitRepository(t);
  repository.commit({
    '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
    'a.bin': POINTER,
    'b.bin': `${POINTER}b`,
    'c.bin': `${POINTER}c`,
  });
  const workspace = await testWorkspace(t, repository);
  const { worktree, folder } = workspace;
  assert.deepEqual(await left(workspace), {});
  worktree.git('mv', 'b.bin', 'moved.bin');
  worktree.git('rm', '--quiet', 'c.bin');
  writeFiles(folder.repo, { 'a.bin': 'raw', 'new.bin': 'raw', 'src/new.txt': 'x' });
  assert.ok(await commit(workspace));
  assert.equal(worktree.git('show', 'HEAD:a.bin'), POINTER.trimEnd());
  assert.deepEqual(worktree.git('ls-tree', '-r', '--name-only', 'HEAD').split('\n'), [
    '.gitattributes',
    'README.md',
    'a.bin',
    'moved.bin',
    'src/a.txt',
    'src/new.txt',
  ]);
  const why = 'behind the attribute filter=lfs, and phasegate runs no filter';
  assert.deepEqual(await left(workspace, 'new.bin'), { 'a.bin': why, 'new.bin': why });
  assert.equal(await commit(workspace, 'p-2'), null, 'what is left out makes no empty commit');
});

test('text, eol, ident and autocrlf are applied as git does, and every file is in the commit', async (t) => {
  const repository = gitRepository(t);
  repository.commit({ '.gitattributes': '*.txt text\n*.bat text eol=crlf\n*.c ident\n*.raw -text\n' });
  repository.git('config', 'core.autocrlf', 'true');
  const workspace = await testWorkspace(t, repository);
  writeFiles(workspace.folder.repo, {
    'a.txt': 'a\r\nb\r\n',
    'b.bat': 'a\nb\n',
    'c.c': '/* $Id: 123 $ */\n',
    'd.raw': 'a\r\n',
    'e.md': 'a\r\n',
  });
  assert.equal((await commit(workspace))?.filesChanged, 5);
  const raw = (path: string) => workspace.worktree.git('cat-file', '-p', `HEAD:${path}`);
  assert.deepEqual(['a.txt', 'b.bat', 'c.c', 'd.raw', 'e.md'].map(raw), ['a\nb', 'a\nb', '/* $Id$ */', 'a\r', 'a']);
  assert.deepEqual(await left(workspace, 'a.txt', 'b.bat', 'c.c', 'd.raw', 'e.md'), {});
});

test('names that differ in case alone are committed, whatever the repository says of its disk', async (t) => {
  const repository = gitRepository(t);
  for (const [name, value] of [
    ['core.ignoreCase', 'true'],
    ['core.ignoreStat', 'true'],
  ] as const)
    repository.git('config', name, value);
  const workspace = await testWorkspace(t, repository);
  writeFiles(workspace.folder.repo, { 'readme.md': 'small', 'SRC/a.txt': 'large', 'src/a.txt': 'one\nTWO\n' });
  assert.equal((await commit(workspace))?.filesChanged, 3);
  assert.deepEqual(await left(workspace, 'readme.md', 'SRC/a.txt', 'src/a.txt'), {});
});

test('a repository made inside is committed as files; in an ignored folder its files are listed', async (t) => {
  const repository = gitRepository(t);
  repository.commit({ '.gitignore': 'build/\n' });
  const workspace = await testWorkspace(t, repository);
  for (const name of ['nested', 'build/nested']) {
    mkdirSync(join(workspace.folder.repo, name), { recursive: true });
    repositoryAt(join(workspace.folder.repo, name)).git('init', '--quiet');
    writeFiles(join(workspace.folder.repo, name), { 'x.txt': 'x' });
  }
  assert.ok(await commit(workspace));
  assert.deepEqual(await left(workspace, 'nested/x.txt', 'build/nested/x.txt'), {
    'build/nested/x.txt': 'ignored by .gitignore (build/)',
  });
});
