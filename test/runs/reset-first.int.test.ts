import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { resetBeforePhase } from '../../src/temporal/reset-run.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';
import { temporaryFolder } from '../support/git-repository.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }, { key: 'plan' }]);
});
after(() => stack.stop());
const artifact = (title: string) => ({ tools: [{ name: 'write_artifact', args: { title } }] });
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', stack.repoPath, ...args], { encoding: 'utf8' }).trim();

test('S06: reset before the first phase: the same run, with the plan that it had', async () => {
  const handle = await stack.start('gated', [artifact('one'), artifact('two'), artifact('three')]);
  const first = await untilGate(stack, handle);
  // meanwhile the world goes on
  git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--allow-empty', '-qm', 'main goes on');
  await stack.template('gated', [{ key: 'design', gates: ['lead', 'security'] }, { key: 'plan' }, { key: 'more' }]);
  await resetBeforePhase(stack.client, handle.workflowId, { phase: 'design', reason: 'again', reapply: false });
  const again = stack.client.workflow.getHandle(handle.workflowId);
  const status = await untilGate(stack, again);
  await again.signal('approve', { by: 'ann', gate: 'lead' });
  assert.equal(status.run.runId, first.run.runId);
  assert.equal((await ended(stack, again)).temporal, 'COMPLETED');
  assert.deepEqual(
    status.openGates.map(({ gate }) => gate),
    ['lead'],
  );
  assert.deepEqual(
    status.phases.map(({ key }) => key),
    ['design', 'plan'],
  );
});

test('S06: reset before the first phase on another machine: the branch and the commit that it began at stay', async (t) => {
  await stack.template('two', [{ key: 'design', gates: ['lead'] }, { key: 'plan' }]);
  const writer = { repoAccess: 'write' as const };
  const handle = await stack.start(
    'two',
    [
      { tools: [{ name: 'write_file', args: { path: 'repo/a.txt', content: 'a' } }] },
      artifact('one'),
      artifact('two'),
      artifact('three'),
      artifact('four'),
    ],
    { budgetTokens: 100_000 },
    writer,
  );
  const first = await untilGate(stack, handle);
  await stack.stopWorker();
  git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--allow-empty', '-qm', 'main goes on');
  const stop = await startTestWorker(stack, { workspaceRoot: temporaryFolder(t) });
  t.after(stop);
  await resetBeforePhase(stack.client, handle.workflowId, { phase: 'design', reason: 'again', reapply: false });
  const again = stack.client.workflow.getHandle(handle.workflowId);
  const status = await untilGate(stack, again);
  await again.signal('approve', { by: 'ann' });
  assert.equal((await ended(stack, again, { report: 'in the mirror' })).temporal, 'COMPLETED');
  assert.equal(status.branch, first.branch);
});
