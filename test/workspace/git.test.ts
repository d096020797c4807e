import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { maskCredentials } from '../../src/domain/text/secrets.js';
import { git } from '../../src/workspace/git/git.js';
import { gitEnvironment } from '../../src/workspace/git/git-environment.js';
import { failure } from '../support/failure.js';
import { gitRepository, temporaryFolder, writeScript } from '../support/git-repository.js';

test("a failure has git's own words, cut, and no password of a URL", async (t) => {
  const { path } = gitRepository(t);
  await assert.rejects(
    git(path, ['rev-parse', '--verify', 'nothing']),
    failure('workspace_failed', /git rev-parse: Needed a single revision/),
  );
  const url = 'https://somebody:hunter2@example.com/x.git';
  await assert.rejects(git(path, ['ls-remote', url]), (error) => {
    failure('workspace_failed', /not allowed/)(error);
    assert.doesNotMatch((error as Error).message, /hunter2/);
    return true;
  });
  await assert.rejects(
    git(path, ['rev-parse', '--verify', 'x'.repeat(5_000)]),
    (error) => (error as Error).message.length < 600,
  );
});

test('passwords and tokens in URLs are masked, other text is not', () => {
  assert.equal(
    maskCredentials("to 'https://u:p@ss@h.example/a' and ssh://tok3n@h/b"),
    "to 'https://***@h.example/a' and ssh://***@h/b",
  );
  assert.equal(
    maskCredentials('mail person@example.com about https://h/a@b'),
    'mail person@example.com about https://h/a@b',
  );
});

test('no variable of the worker reaches git', (t) => {
  process.env['GIT_DIR'] = '/nowhere';
  process.env['CANARY_KEY'] = 'secret';
  t.after(() => ['GIT_DIR', 'CANARY_KEY'].forEach((name) => delete process.env[name]));
  const environment = gitEnvironment();
  assert.equal(environment['GIT_DIR'], undefined);
  assert.doesNotMatch(JSON.stringify(environment), /secret/);
});

test('no transport is allowed, even where the repository allows it', async (t) => {
  const [from, { path, git: plain }] = [gitRepository(t), gitRepository(t)];
  plain('config', 'protocol.file.allow', 'always');
  plain('fetch', '--quiet', from.path, 'main');
  await assert.rejects(git(path, ['fetch', from.path, 'main']), failure('workspace_failed', /not allowed/));
});

test('a repository that belongs to another user can be used', (t) => {
  const { path } = gitRepository(t);
  const status = (env: Record<string, string>): string =>
    execFileSync('git', ['status', '--porcelain', '--branch'], {
      cwd: path,
      env: { ...env, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' },
      encoding: 'utf8',
      stdio: 'pipe',
    });
  assert.throws(() => status({ PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' }), /dubious ownership/);
  assert.match(status(gitEnvironment()), /main/);
});

test('a program with too much output, or too much time, fails', async (t) => {
  const { path } = gitRepository(t, { files: { big: 'x'.repeat(100_000) } });
  await assert.rejects(
    git(path, ['show', 'HEAD:big'], { maxOutputBytes: 1_000 }),
    failure('workspace_failed', /more than 1000 bytes/),
  );
  const slow = temporaryFolder(t);
  writeScript(join(slow, 'git'), `case "$*" in *status*) sleep 301;; esac; PATH="\${PATH#*:}"; exec git "$@"`);
  const before = process.env['PATH'];
  t.after(() => (process.env['PATH'] = before));
  process.env['PATH'] = `${slow}:${before}`;
  await assert.rejects(git(path, ['status'], { timeoutMs: 50 }), failure('workspace_failed', /within 0.05 s/));
});

test('a missing folder and a missing git are told apart', async (t) => {
  await assert.rejects(
    git('/nonexistent/folder', ['status']),
    failure('workspace_failed', /folder \/nonexistent\/folder does not exist/),
  );
  const path = process.env['PATH'];
  t.after(() => (process.env['PATH'] = path));
  process.env['PATH'] = '/nonexistent';
  await assert.rejects(git(null, ['version']), failure('workspace_failed', /git is not installed/));
});

test("an abort throws the signal's own reason", async (t) => {
  const { path } = gitRepository(t);
  const reason = new Error('the run was cancelled');
  await assert.rejects(git(path, ['status'], { signal: AbortSignal.abort(reason) }), reason);
});
