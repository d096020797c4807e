import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import { makeDemoRepository } from '../../src/local/demo-repository.js';

test('the demo is a real git repository on main whose own tests pass', (t) => {
  const repository = makeDemoRepository();
  t.after(() => rmSync(dirname(repository), { recursive: true }));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim();
  assert.equal(git('branch', '--show-current'), 'main');
  assert.equal(git('status', '--porcelain'), '');
  assert.equal(git('rev-list', '--count', 'HEAD'), '2');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  execFileSync(process.execPath, ['--test'], { cwd: repository, env, stdio: 'pipe' });
});
