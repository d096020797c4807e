import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listBaseFiles, readBaseFile, type BaseFile } from '../../src/workspace/git/base-file.js';
import { inspectRepository } from '../../src/workspace/git/inspect-repository.js';
import { workTreeHas } from '../../src/workspace/git/work-tree-file.js';
import { gitRepository, writeFiles } from '../support/git-repository.js';

const NAME = '.phasegate.yaml';

async function read(path: string, maxBytes = 100): Promise<BaseFile | undefined> {
  return (await readBaseFile(await inspectRepository(path, null), [NAME], maxBytes)).get(NAME);
}

function text(file: BaseFile | undefined): string {
  assert.ok(file?.found);
  return 'refused' in file.bytes ? `refused: ${file.bytes.refused}` : Buffer.from(file.bytes).toString();
}

test('the file comes from the commit, from wherever the repository is pointed at', async (t) => {
  const { path, commit, git } = gitRepository(t);
  assert.deepEqual(await read(path), { found: false });
  commit({ [NAME]: 'a: 1\r\n', [`sub/${NAME}`]: 'no' });
  writeFiles(path, { [NAME]: 'changed' });
  git('clone', '--quiet', '--bare', '.', '../bare.git');
  git('worktree', 'add', '--quiet', '../linked');
  git('config', 'core.worktree', path);
  for (const place of [path, join(path, 'sub'), join(path, '.git'), join(path, '../bare.git'), join(path, '../linked')])
    assert.equal(text(await read(place)), 'a: 1\r\n', place);
});

test('a symbolic link, a folder, a submodule and a large file are refused without being read', async (t) => {
  const link = gitRepository(t);
  symlinkSync('/etc/passwd', join(link.path, NAME));
  link.commit({ a: '' });
  assert.match(text(await read(link.path)), /refused: it is a symbolic link/);

  const folder = gitRepository(t);
  folder.commit({ [`${NAME}/x`]: '' });
  assert.match(text(await read(folder.path)), /refused: it is a folder/);

  const submodule = gitRepository(t);
  submodule.git('update-index', '--add', '--cacheinfo', `160000,${submodule.git('rev-parse', 'HEAD')},${NAME}`);
  submodule.git('commit', '--quiet', '--message', 'module');
  assert.match(text(await read(submodule.path)), /refused: it is a submodule/);

  const large = gitRepository(t);
  large.commit({ [NAME]: 'x'.repeat(101) });
  assert.match(text(await read(large.path)), /refused: the file is 101 bytes, the limit is 100/);
  large.commit({ [NAME]: 'x'.repeat(100) });
  assert.equal(text(await read(large.path)).length, 100);
});

test('a filter of the repository does not change the file', async (t) => {
  const { path, commit, git } = gitRepository(t);
  git('config', 'filter.evil.smudge', `touch ${path}/ran; echo changed`);
  commit({ '.gitattributes': `${NAME} filter=evil text eol=crlf`, [NAME]: 'a: 1\n' });
  assert.equal(text(await read(path)), 'a: 1\n');
  assert.ok(!(await workTreeHas(path, join(path, '.git'), 'ran')));
});

test('all files of the commit are listed by their own names', async (t) => {
  const { path, commit } = gitRepository(t);
  commit({ 'a\nb': '', 'ü/ü "q"': '' });
  const listing = await listBaseFiles(await inspectRepository(path, null), {
    timeoutMs: 60_000,
    maxOutputBytes: 9_999,
  });
  const names = Buffer.from(listing).toString().split('\0');
  assert.deepEqual(names.sort(), ['', 'README.md', 'a\nb', 'src/a.txt', 'ü/ü "q"']);
});

test('a work tree is found by its disk: below it, linked, and none for a bare repository', async (t) => {
  const { path, git, commit } = gitRepository(t);
  commit({ 'sub/x': '' });
  git('clone', '--quiet', '--bare', '.', 'bare.git');
  git('worktree', 'add', '--quiet', '../linked');
  writeFileSync(join(path, NAME), '');
  const has = async (place: string) => {
    const { commonDir } = await inspectRepository(place, null);
    return workTreeHas(place, commonDir, NAME);
  };
  for (const place of [path, join(path, 'sub'), join(path, '.git'), join(path, '.git/refs')])
    assert.equal(await has(place), true, place);
  // its own work tree does not have it, and the folder around a bare repository is none
  for (const place of [join(path, '../linked'), join(path, 'bare.git')]) assert.equal(await has(place), false, place);
  mkdirSync(join(path, 'sub/deep'));
  symlinkSync(join(path, 'sub/deep'), join(path, '../shortcut'));
  assert.equal(await has(join(path, '../shortcut')), true);
});
