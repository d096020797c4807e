import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAILURES, type FailureCode } from '../../src/domain/failures.js';
import { gitFailureCode } from '../../src/workspace/git/git-failure.js';
import { inspectRepository } from '../../src/workspace/git/inspect-repository.js';
import { failure } from '../support/failure.js';
import { gitRepository, type TestRepository } from '../support/git-repository.js';
import { testWorkspace } from '../support/workspace.js';

const WORDS: [FailureCode, ...string[]][] = [
  ['disk_full', 'error: unable to write file: No space left on device', 'fatal: write error: Disk quota exceeded'],
  [
    'repo_locked',
    "fatal: Unable to create '/r/.git/index.lock': File exists.\n\nAnother git process seems to be running in this repository",
    'error: could not lock config file .git/config: File exists',
  ],
  [
    'repo_not_trusted',
    "fatal: detected dubious ownership in repository at '/r'\nTo add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /r",
  ],
  [
    'repo_permission_denied',
    'error: insufficient permission for adding an object to repository database .git/objects',
    "fatal: Unable to create '/r/.git/refs/heads/phasegate/w.lock': Permission denied",
    'error: unable to open index: Read-only file system',
  ],
  [
    'repo_unsupported',
    'fatal: unknown repository extension found:\n\trefstorage',
    'fatal: Expected git repo version <= 1, found 2',
    'error: bad index version 9',
    'fatal: unknown repository extensions found:\n\tfoo',
    'error: index uses XYZZ extension, which we do not understand',
  ],
  [
    'repo_config_invalid',
    'fatal: bad config line 3 in file /r/.git/config',
    "fatal: bad numeric config value 'x' for 'gc.auto' in file .git/config: invalid unit",
    "fatal: bad boolean config value 'maybe' for 'core.bare'",
  ],
  [
    'repo_incomplete',
    'fatal: could not fetch 1234567 from promisor remote',
    'fatal: lazy fetching disabled; some objects may not be available',
    'fatal: shallow file has changed since we read it',
  ],
  [
    'repo_damaged',
    'error: object file .git/objects/12/34 is empty',
    'fatal: loose object 1234 (stored in .git/objects/12/34) is corrupt',
    'fatal: unable to read tree 1234567',
    'error: inflate: data stream error (incorrect header check)',
    'fatal: bad object HEAD',
    'fatal: index file corrupt',
    'error: bad signature 0x00000000',
    "fatal: missing blob object '12'",
  ],
  [
    'branch_in_the_way',
    "fatal: cannot lock ref 'refs/heads/phasegate/w': 'refs/heads/phasegate' exists; cannot create 'refs/heads/phasegate/w'",
  ],
  [
    'branch_in_use',
    "fatal: 'phasegate/w' is already checked out at '/x'",
    "fatal: 'phasegate/w' is already used by worktree at '/x'",
  ],
  [
    'workspace_failed',
    'fatal: Needed a single revision',
    'fatal: not a git repository (or any of the parent directories): .git',
    '',
    "fatal: transport 'file' not allowed",
  ],
];

test('every kind of failure of git has a code with advice of its own', () => {
  for (const [code, ...messages] of WORDS)
    for (const words of messages) assert.equal(gitFailureCode(words), code, words);
  const advice = WORDS.map(([code]) => FAILURES[code].todo);
  assert.equal(new Set(advice).size, advice.length);
});

test('no text of any kind makes it anything but a code', () => {
  for (const words of ['x'.repeat(100_000), "cannot lock ref '".repeat(5_000), "'[^".repeat(10_000)])
    assert.ok(gitFailureCode(words) in FAILURES);
});

const DAMAGES: [string, FailureCode, RegExp, (repository: TestRepository) => void][] = [
  [
    'a bad line in its config',
    'repo_config_invalid',
    /bad config line/,
    ({ path }) => appendFileSync(join(path, '.git/config'), '\n[broken\n'),
  ],
  ['a newer format', 'repo_unsupported', /version/, ({ git }) => git('config', 'core.repositoryFormatVersion', '9')],
  [
    'an unknown extension',
    'repo_unsupported',
    /extension/,
    ({ git }) => (git('config', 'core.repositoryFormatVersion', '1'), git('config', 'extensions.tomorrow', 'true')),
  ],
  [
    'an object that is gone',
    'repo_damaged',
    /unable to read/,
    ({ path, git }) => {
      const blob = git('rev-parse', 'HEAD:README.md');
      rmSync(join(path, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    },
  ],
  [
    'an object that is empty',
    'repo_damaged',
    /empty|corrupt/,
    ({ path, git }) => {
      const blob = git('rev-parse', 'HEAD:README.md');
      const file = join(path, '.git/objects', blob.slice(0, 2), blob.slice(2));
      chmodSync(file, 0o644);
      writeFileSync(file, '');
    },
  ],
];

for (const [what, code, words, damage] of DAMAGES) {
  test(`S07 a repository with ${what} ends in ${code}, with git's own words`, async (t) => {
    const repository = gitRepository(t);
    damage(repository);
    await assert.rejects(testWorkspace(t, repository), failure(code, words));
  });
}

test('S01 the base branch is main where there is one, else what HEAD is at', async (t) => {
  const repository = gitRepository(t);
  const base = async (path = repository.path) => {
    const { baseName, baseRef, baseCommit } = await inspectRepository(path, null);
    return [baseName, baseRef, baseCommit];
  };
  const main = repository.git('rev-parse', 'main');
  repository.git('switch', '--quiet', '--create', 'develop');
  const develop = repository.commit({ 'd.txt': 'd' });
  assert.deepEqual(await base(), ['main', 'refs/heads/main', main]);
  repository.git('branch', '--delete', '--force', 'main');
  assert.deepEqual(await base(), ['develop', 'refs/heads/develop', develop]);
  assert.deepEqual(await base(join(repository.path, 'src')), ['develop', 'refs/heads/develop', develop]);
  await assert.rejects(
    inspectRepository(repository.path, 'main'),
    failure('branch_not_found'),
    'a branch that was asked for is not guessed',
  );
  repository.git('switch', '--quiet', '--detach', main);
  assert.deepEqual(await base(), [main, 'HEAD', main]);
  repository.git('switch', '--quiet', '--orphan', 'empty');
  await assert.rejects(base(), failure('branch_not_found', /develop/));
  await assert.rejects(
    inspectRepository(gitRepository(t, { files: null }).path, null),
    failure('repo_without_commits'),
  );
});
