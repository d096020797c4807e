import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Report } from '../../src/domain/record/report.js';
import { scheduleIdOf } from '../../src/temporal/reconcile-schedule.js';
import { ended, readEvents, untilGate } from '../support/ended.js';
import { repositoryAt } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { clientOf, reconcilePass } from './support.js';

let stack: TestStack;
let client: ReturnType<typeof clientOf>;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  client = clientOf(stack);
});
after(() => stack.stop());

const pass = () => reconcilePass(client);

test('a terminated run is closed in the mirror, with a report; a second pass finds nothing, an open run is left alone', async () => {
  const open = await stack.start('gated');
  const handle = await stack.start('gated');
  await untilGate(stack, open);
  const { run } = await untilGate(stack, handle);
  await handle.terminate('wrong repository');
  const doubtful = await client('doctor');
  assert.equal(doubtful.code, 0);
  const { closed, failed, looked } = await pass();
  assert.deepEqual(
    closed.map(({ workflowId, state, code }) => [workflowId, state, code]),
    [[handle.workflowId, 'failed', 'run_terminated']],
  );
  assert.deepEqual(failed, []);
  assert.equal(looked, 2);
  const events = await readEvents(stack, run.runId);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  );
  assert.equal(events.at(-1)?.type, 'run_failed');
  const report = JSON.parse((await client('report', handle.workflowId, '--json')).stdout) as Report;
  assert.equal(report.status, 'failed');
  assert.match(report.error?.message ?? '', /terminated.*wrong repository/);
  assert.match(await readFile(path.join(stack.config.workspaceRoot, run.runId, 'report.md'), 'utf8'), /run_terminated/);
  const { rows } = await stack.mirror.pool.query('SELECT state FROM run_phases WHERE run_id = $1', [run.runId]);
  assert.deepEqual(rows, [{ state: 'failed' }]);
  assert.deepEqual((await pass()).closed, []);
  assert.equal((await stack.mirror.findRun((await stack.status(open)).run.runId))?.state, 'executing');
  await open.signal('approve');
  assert.equal((await ended(stack, open)).temporal, 'COMPLETED');
});

test('S07 a terminated run lets go of its branch once it is reconciled, and its folder stays', async () => {
  const writes = [{ tools: [{ name: 'write_file', args: { path: 'repo/new.txt', content: 'new\n' } }] }];
  const handle = await stack.start('gated', writes, {}, { repoAccess: 'write' });
  const { run, branch } = await untilGate(stack, handle);
  await handle.terminate();
  const repository = repositoryAt(stack.repoPath);
  assert.throws(() => repository.git('switch', '--quiet', branch ?? ''), /already/);
  assert.deepEqual((await pass()).failed, []);
  repository.git('switch', '--quiet', branch ?? '');
  for (const folder of [stack.repoPath, path.join(stack.config.workspaceRoot, run.runId, 'repo')])
    assert.ok(existsSync(path.join(folder, 'new.txt')));
  repository.git('switch', '--quiet', 'main');
});

test('a run that Temporal deleted, and one whose time limit passed', async () => {
  const deleted = await stack.start('gated');
  await untilGate(stack, deleted);
  await stack.client.workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: deleted.workflowId },
  });
  const { name } = await stack.persona([]);
  const late = await stack.client.workflow.start('agentRun', {
    taskQueue: stack.config.taskQueue,
    workflowId: `late-${name}`,
    workflowExecutionTimeout: '2s',
    args: [{ template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } }],
  });
  await assert.rejects(late.result());
  await gone(deleted.workflowId);
  const { closed } = await pass();
  assert.deepEqual(
    closed.map(({ workflowId, code }) => [workflowId, code]).sort(),
    [
      [`late-${name}`, 'run_timed_out'],
      [deleted.workflowId, 'run_lost'],
    ].sort(),
  );
});

test('the schedule is made, changed and removed, and what it starts does the same', async () => {
  const id = scheduleIdOf(stack.config.taskQueue);
  for (const every of ['30m', '10m'])
    assert.equal((await client('reconcile', '--schedule', '--every', every, '--settle', '0s')).code, 0);
  const schedule = stack.client.schedule.getHandle(id);
  assert.deepEqual(
    (await schedule.describe()).spec.intervals?.map(({ every }) => every),
    [600_000],
  );
  const handle = await stack.start('gated');
  const { run } = await untilGate(stack, handle);
  await handle.terminate();
  await schedule.trigger();
  for (let tries = 0; (await stack.mirror.findRun(run.runId))?.state !== 'failed'; tries++) {
    assert.ok(tries < 600, 'the schedule never reconciles');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.match((await client('reconcile', '--unschedule')).stdout, /is removed/);
  assert.match((await client('reconcile', '--unschedule')).stdout, /there was no schedule/);
});

async function gone(workflowId: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await stack.client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null);
    if (found === null) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail('it is never deleted');
}
