import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ended, untilGate } from '../support/ended.js';
import { gitRepository, repositoryAt } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('gated', [{ key: 'note', gates: ['lead'] }]);
});
after(() => stack.stop());

const WRITES = [{ tools: [{ name: 'write_file', args: { path: 'repo/new.txt', content: 'new\n' } }] }];

test('S07: when a run has ended, however it ended, a person can switch to its branch, and its folder stays', async () => {
  const repository = repositoryAt(stack.repoPath);
  const completed = await ended(stack, await stack.start('one', WRITES, {}, { repoAccess: 'write' }));
  const handle = await stack.start('gated', WRITES, {}, { repoAccess: 'write' });
  const { branch: held } = await untilGate(stack, handle);
  assert.throws(() => repository.git('switch', held ?? ''), /already/);
  await handle.signal('abort', { by: 'ann' });
  const aborted = await ended(stack, handle);
  for (const { report } of [completed, aborted]) {
    repository.git('switch', '--quiet', report.repository.branch ?? '');
    assert.ok(existsSync(path.join(repository.path, 'new.txt')));
    assert.ok(existsSync(path.join(stack.config.workspaceRoot, report.runId, 'repo/new.txt')));
  }
  repository.git('switch', '--quiet', 'main');
});

test('S01: a run without a base branch begins at main, else at what HEAD is at, and says so', async (t) => {
  const repository = gitRepository(t);
  repository.git('branch', '--move', 'main', 'trunk');
  const { report } = await ended(stack, await stack.start('one', [], { repoPath: repository.path }));
  assert.deepEqual([report.status, report.repository.baseBranch], ['completed', 'trunk']);
  repository.git('switch', '--quiet', '--detach');
  const detached = await ended(stack, await stack.start('one', [], { repoPath: repository.path }));
  assert.deepEqual(
    [detached.report.status, detached.report.repository.baseBranch],
    ['completed', repository.git('rev-parse', 'HEAD')],
  );
});
