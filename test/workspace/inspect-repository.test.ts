import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { inspectRepository } from '../../src/workspace/git/inspect-repository.js';
import { failure } from '../support/failure.js';
import { gitRepository, repositoryAt, temporaryFolder } from '../support/git-repository.js';
import { anyText } from '../support/any-text.js';

test('S07 a work tree, a folder below it, its .git, a linked worktree and a link to it are one repository', async (t) => {
  const { path, git } = gitRepository(t, { name: 'Ünï code & spaces 日本' });
  const [head, commonDir] = [git('rev-parse', 'HEAD'), join(path, '.git')];
  const elsewhere = temporaryFolder(t);
  git('worktree', 'add', '--quiet', '-b', 'side', join(elsewhere, 'linked'));
  symlinkSync(path, join(elsewhere, 'link'));
  const places = [
    path,
    `${path}/`,
    join(path, 'src'),
    commonDir,
    join(elsewhere, 'linked'),
    join(elsewhere, 'linked/src'),
    join(elsewhere, 'link'),
  ];
  for (const place of places) {
    assert.deepEqual(await inspectRepository(place, 'main'), {
      path: place,
      commonDir,
      baseCommit: head,
      baseRef: 'refs/heads/main',
      baseName: 'main',
    });
  }
});

test('S07 a bare repository and a branch of origin work', async (t) => {
  const origin = gitRepository(t);
  const folder = temporaryFolder(t);
  const [bare, clone] = [join(folder, 'bare.git'), join(folder, 'clone')];
  origin.git('clone', '--quiet', '--bare', origin.path, bare);
  origin.git('branch', 'feature/x');
  origin.git('clone', '--quiet', origin.path, clone);
  assert.equal((await inspectRepository(bare, 'main')).commonDir, bare);
  assert.equal((await inspectRepository(clone, 'feature/x')).baseRef, 'refs/remotes/origin/feature/x');
});

test('S07 a path that is not a repository gets a code of its own for every reason', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(inspectRepository('', 'main'), failure('repo_path_missing', /empty/));
  await assert.rejects(inspectRepository('  ', 'main'), failure('repo_path_missing', /empty/));
  await assert.rejects(inspectRepository('some/folder', 'main'), failure('repo_path_not_absolute'));
  await assert.rejects(inspectRepository('~/project', 'main'), failure('repo_path_not_absolute', /not expanded/));
  await assert.rejects(
    inspectRepository(join(folder, 'nothing'), 'main'),
    failure('repo_path_missing', /no such folder/),
  );
  await assert.rejects(inspectRepository(join(folder, 'file/below'), 'main'), failure('repo_path_missing'));
  await assert.rejects(inspectRepository(`${folder}\0x`, 'main'), failure('repo_path_missing'));
  await assert.rejects(inspectRepository('/'.padEnd(9_000, 'x'), 'main'), failure('repo_path_missing'));
  await assert.rejects(inspectRepository(join(folder, 'file'), 'main'), failure('repo_not_git', /a file/));
  await assert.rejects(inspectRepository(folder, 'main'), failure('repo_not_git', /not a git repository/));
  mkdirSync(join(folder, 'broken/.git'), { recursive: true });
  await assert.rejects(inspectRepository(join(folder, 'broken'), 'main'), failure('repo_not_git'));
});

test('S07 a repository without commits is told from one without the branch', async (t) => {
  await assert.rejects(
    inspectRepository(gitRepository(t, { files: null }).path, 'main'),
    failure('repo_without_commits'),
  );
  const { path, git } = gitRepository(t);
  for (let n = 10; n < 25; n++) git('branch', `topic-${n}`);
  git('branch', 'develop');
  await assert.rejects(
    inspectRepository(path, 'devleop'),
    failure('branch_not_found', /"devleop".*did you mean develop\?.* and 7 more/),
  );
  await assert.rejects(inspectRepository(path, 'topic'), failure('branch_not_found'));
});

test('S07 a detached, a damaged and an oddly configured repository', async (t) => {
  const { path, git } = gitRepository(t);
  git('checkout', '--quiet', '--detach');
  git('config', 'core.worktree', '/nonexistent');
  assert.equal((await inspectRepository(join(path, '.git'), 'main')).baseRef, 'refs/heads/main');
  writeFileSync(join(path, '.git/config'), '[core\n');
  await assert.rejects(inspectRepository(path, 'main'), failure('repo_config_invalid', /bad config/));
});

test('S07 any text is safe as the name of a branch', async (t) => {
  const { path, git } = gitRepository(t);
  git('branch', 'nested/main');
  const { commonDir } = await inspectRepository(path, 'main');
  const odd = [
    '',
    ' ',
    '-',
    '--help',
    '--exec=touch x',
    '-x',
    'main ',
    'main\n',
    'main\0',
    'HEAD',
    '@',
    '@{-1}',
    'refs/heads/main',
    'ma?n',
    'ma*',
    '*',
    '[m]ain',
    'main^',
    'main~0',
    'main:README.md',
    '..',
    'nested',
    'nested/',
    'main/',
    '/main',
    '\ud800',
    'x'.repeat(100_000),
  ];
  for (const branch of odd)
    await assert.rejects(
      inspectRepository(path, branch),
      failure('branch_not_found'),
      JSON.stringify(branch.slice(0, 50)),
    );
  await fc.assert(
    fc.asyncProperty(anyText({ maxLength: 40 }), async (branch) => {
      fc.pre(!['main', 'nested/main'].includes(branch));
      await assert.rejects(inspectRepository(path, branch), failure('branch_not_found'));
    }),
    { numRuns: 25 },
  );
  assert.equal(repositoryAt(path).git('status', '--porcelain'), '');
  assert.equal(commonDir, join(path, '.git'));
});
