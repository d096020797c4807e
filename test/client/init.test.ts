import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Trial } from '../../src/client/init/try-commands.js';
import { startable } from '../../src/local/startable.js';
import { gitRepository, temporaryFolder } from '../support/git-repository.js';

interface Called {
  code: number;
  stdout: string;
  stderr: string;
}

/** `client init`, as a person calls it who has nothing else set up. */
function init(variables: NodeJS.ProcessEnv, ...args: string[]): Promise<Called> {
  const bwrap = process.env.PHASEGATE_TEST_BWRAP;
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', ...(bwrap && { PHASEGATE_BWRAP: bwrap }), ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, [...startable('client.ts'), 'init', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
  });
}

const PACKAGE = JSON.stringify({ scripts: { test: 'node t.mjs', lint: 'node missing.mjs' } });
const FILES = { 'package.json': PACKAGE, 't.mjs': "import fs from 'node:fs'; fs.writeFileSync('made', 'x');" };
const OFF = { PHASEGATE_SANDBOX: 'off' };

test('it proposes, tries on a throw-away checkout, and leaves the repository as it was', async (t) => {
  const { path, commit, git } = gitRepository(t);
  commit(FILES);
  const state = () => [git('status', '--short'), git('worktree', 'list'), git('branch', '--list')];
  const before = state();
  // without isolation, so that it holds on every machine
  const { code, stdout, stderr } = await init({ PHASEGATE_SANDBOX: 'none' }, path, '--json');
  assert.equal(code, 1, stderr);
  const { text, written, trial } = JSON.parse(stdout) as { text: string; written: boolean; trial: Trial };
  assert.match(text, /- name: test\n {4}run: "npm run test"/);
  assert.equal(written, false);
  assert.equal(trial.sandbox, 'none');
  assert.deepEqual(
    trial.tried.map(({ name, isGreen, end }) => [name, isGreen, end]),
    [
      ['test', true, 'exit code 0'],
      ['lint', false, 'exit code 1'],
    ],
  );
  assert.match(trial.tried[1]?.output ?? '', /missing\.mjs/);
  assert.deepEqual(state(), before);
  assert.equal(existsSync(join(path, 'made')), false);
});

test('in bubblewrap, too', { skip: !process.env.PHASEGATE_TEST_BWRAP && 'there is no bubblewrap' }, async (t) => {
  const { path, commit } = gitRepository(t);
  commit(FILES);
  const { stdout, stderr } = await init({}, path, '--json');
  const { trial } = JSON.parse(stdout || assert.fail(stderr)) as { trial: Trial };
  assert.deepEqual(
    trial.tried.map(({ name, isGreen }) => [name, isGreen]),
    [
      ['test', true],
      ['lint', false],
    ],
    `${trial.notTried}`,
  );
});

test('--write writes what was shown, and never over what is there', async (t) => {
  const { path, commit } = gitRepository(t);
  commit(FILES);
  const first = await init(OFF, join(path, 'src'), '--write');
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /PHASEGATE_SANDBOX is off/);
  const file = join(path, '.phasegate.yaml');
  const text = readFileSync(file, 'utf8');
  assert.ok(first.stdout.startsWith(text));
  const second = await init(OFF, path, '--write');
  assert.equal(second.code, 2);
  assert.match(second.stderr, /usage_invalid: .*is there already: nothing was written/);
  rmSync(file);
  symlinkSync(join(path, 'elsewhere'), file);
  assert.match((await init(OFF, path, '--write')).stderr, /usage_invalid: .*is there already/);
  assert.equal(existsSync(join(path, 'elsewhere')), false);
});

test('where no sandbox can be had, it says so, and nothing is run', async (t) => {
  const { path, commit } = gitRepository(t);
  commit(FILES);
  const { code, stdout } = await init({ PHASEGATE_BWRAP: '/nonexistent/bwrap' }, path);
  assert.equal(code, 0);
  assert.match(stdout, /nothing was tried: .*bwrap/);
  assert.match((await init(OFF, path, '--no-try')).stdout, /nothing was tried\n/);
});

test('files that are no files, or too large, are not read; no text of them comes out', async (t) => {
  const { path, commit } = gitRepository(t);
  commit({ 'package.json': '{"scripts":{"test":"\\u001b[31m$(touch x)"}}' });
  execFileSync('mkfifo', [join(path, 'Makefile')]);
  symlinkSync('/etc/passwd', join(path, 'requirements.txt'));
  writeFileSync(join(path, 'tox.ini'), `pytest ${'x'.repeat(300_000)}`);
  const { code, stdout } = await init(OFF, path);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /touch|\u001b|root:|pytest/);
});

test('a path that is no work tree is refused with its reason', async (t) => {
  const { path, git } = gitRepository(t);
  git('clone', '--quiet', '--bare', '.', 'bare.git');
  assert.match((await init(OFF, join(path, 'bare.git'))).stderr, /usage_invalid: .*bare repository/);
  assert.match((await init(OFF, temporaryFolder(t))).stderr, /repo_not_git/);
  assert.match((await init(OFF)).stderr, /usage_invalid/);
});
