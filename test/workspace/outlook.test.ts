import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { outlookOf } from '../../src/workspace/worktree/outlook.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { gitRepository, writeFiles } from '../support/git-repository.js';
import { testWorkspace } from '../support/workspace.js';

test('what will not be committed is known before it is written: ignored, excluded, in a submodule, behind a filter', async (t) => {
  const [origin, repository] = [gitRepository(t), gitRepository(t)];
  repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin.path, 'sub');
  repository.commit({
    '.gitignore': 'build/\n*.log\n!keep.log\n',
    'deep/.gitignore': 'x ü\n',
    '.gitattributes':
      '[attr]large filter=lfs -text\n*.bin filter=lfs\n*.big large\nkeep.bin -filter\n*.txt16 working-tree-encoding=UTF-16\n*.u8 working-tree-encoding=utf-8\n*.crlf text eol=crlf\n*.id ident\n',
  });
  repository.git('add', '--force', '--', '.');
  writeFiles(repository.path, { 'tracked.log': 'x' });
  repository.git('add', '--force', 'tracked.log');
  repository.commit({});
  writeFiles(repository.path, { '.git/info/exclude': '*.mine\n' });
  repository.git('config', 'core.excludesFile', join(repository.path, '.git/never'));
  writeFiles(repository.path, { '.git/never': '*.never\n', '.git/info/attributes': 'secret filter=git-crypt\n' });
  const { folder } = await testWorkspace(t, repository);
  mkdirSync(join(folder.repo, 'build'));
  const outcome = async (...paths: string[]) =>
    Object.fromEntries(
      [...(await outlookOf(await openWorktree(folder), paths))].map(([path, { kind, why }]) => [path, [kind, why]]),
    );
  const expected = {
    'build/a/b.txt': ['ignored', 'ignored by .gitignore (build/)'],
    'x.log': ['ignored', 'ignored by .gitignore (*.log)'],
    'deep/x ü': ['ignored', 'ignored by deep/.gitignore (x ü)'],
    'a.mine': ['ignored', "ignored by the repository's info/exclude (*.mine)"],
    'a.bin': ['filter', 'behind the attribute filter=lfs, and phasegate runs no filter'],
    'a.big': ['filter', 'behind the attribute filter=lfs, and phasegate runs no filter'],
    secret: ['filter', 'behind the attribute filter=git-crypt, and phasegate runs no filter'],
    'a.txt16': ['encoding', 'of the encoding UTF-16 by its attributes'],
  };
  const fine = [
    'README.md',
    'new/file',
    'keep.log',
    'tracked.log',
    'a.never',
    'keep.bin',
    'a.u8',
    'a.crlf',
    'a.id',
    '.gitattributes',
    'subway',
  ];
  assert.deepEqual(await outcome(...Object.keys(expected), ...fine), expected);
  const inside = ['submodule', 'in the submodule sub, a repository of its own'];
  assert.deepEqual(await outcome('sub/x', 'x.log', 'sub/deep/y', 'README.md'), {
    'sub/x': inside,
    'sub/deep/y': inside,
    'x.log': expected['x.log'],
  });
  writeFiles(folder.repo, { '.gitattributes': '* filter=mine\n' });
  assert.deepEqual(
    Object.keys(await outcome('README.md', '.gitattributes', 'deep/.gitignore')),
    ['README.md'],
    'attributes that an agent wrote count, and can be put right',
  );
});
