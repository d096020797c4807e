import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
let stack: TestStack;
before(async () => {
  stack = await startTestStack({ modelCallTimeoutMs: 60_000 });
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
});
after(() => stack.stop());

/** Temporal's own command, as an operator types it. */
async function temporal(...args: string[]): Promise<string> {
  const { stdout } = await run(process.env.TEMPORAL_CLI ?? 'temporal', [
    ...args,
    '--address',
    process.env.PHASEGATE_TEST_TEMPORAL ?? '',
  ]);
  return stdout;
}

test('temporal activity pause holds a phase that is tried again, unpause lets it go on, and no attempt is used up', async () => {
  const handle = await stack.start('one', [{ status: 503, times: 'always' }]);
  const id = await pendingActivity(handle, (attempt) => attempt > 1);
  await temporal('activity', 'pause', '--workflow-id', handle.workflowId, '--activity-id', id);
  const paused = await requests(handle);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  assert.ok((await requests(handle)) <= paused + 1, 'only the call in flight still ends');
  stack.model.script(await modelOf(handle), []);
  await temporal('activity', 'unpause', '--workflow-id', handle.workflowId, '--activity-id', id);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.equal(end.report.phases[0]?.attempts, 1);
});

test('temporal activity reset begins the attempts of the phase anew at once', async () => {
  const handle = await stack.start('one', [{ status: 429, retryAfter: '600', times: 'always' }]);
  const id = await pendingActivity(handle, (attempt) => attempt > 1);
  stack.model.script(await modelOf(handle), []);
  await temporal('activity', 'reset', '--workflow-id', handle.workflowId, '--activity-id', id);
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

test('temporal activity update-options shortens the wait of a phase whose provider asked for ten minutes', async () => {
  const handle = await stack.start('one', [{ status: 429, retryAfter: '600', times: 'always' }]);
  const id = await pendingActivity(handle, (attempt) => attempt > 1);
  stack.model.script(await modelOf(handle), []);
  await temporal(
    'activity',
    'update-options',
    '--workflow-id',
    handle.workflowId,
    '--activity-id',
    id,
    '--retry-initial-interval',
    '1s',
    '--retry-backoff-coefficient',
    '1',
  );
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

test('temporal workflow cancel while an agent works: the model call is dropped, the run closes as Canceled with a report', async () => {
  const handle = await stack.start('one', [{ delayMs: 120_000 }]);
  await untilCalls(handle, 1);
  const began = Date.now();
  await temporal('workflow', 'cancel', '--workflow-id', handle.workflowId);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'CANCELLED');
  assert.equal(end.report.error?.code, 'run_cancelled');
  assert.ok(Date.now() - began < 45_000, `${Date.now() - began} ms`);
});

test('the queries of the documentation find what they say', async () => {
  const waiting = await stack.start('gated');
  await untilGate(stack, waiting);
  const failed = await stack.start('gated', [{ status: 401 }]);
  await ended(stack, failed);
  const find = async (query: string) =>
    await temporal('workflow', 'list', '--query', query, '--limit', '1000', '-o', 'json');
  await until(
    async () => (await find(`RunGate = 'design/lead' AND ExecutionStatus = 'Running'`)).includes(waiting.workflowId),
    20_000,
  );
  await until(
    async () => (await find(`RunState = 'failed' AND RunTemplate = 'gated'`)).includes(failed.workflowId),
    20_000,
  );
  await waiting.signal('abort');
  await ended(stack, waiting);
});

async function pendingActivity(handle: WorkflowHandle, fits: (attempt: number) => boolean): Promise<string> {
  let id = '';
  await until(async () => {
    const [activity] = (await handle.describe()).raw.pendingActivities ?? [];
    id = activity?.activityId ?? '';
    return activity !== undefined && fits(activity.attempt ?? 0);
  }, 30_000);
  return id;
}

async function modelOf(handle: WorkflowHandle): Promise<string> {
  const { phases } = await untilStatus(stack, handle, (status) => status.phases.length > 0);
  return `model-${phases[0]?.persona}`;
}

async function requests(handle: WorkflowHandle): Promise<number> {
  const model = await modelOf(handle);
  return stack.model.requests.filter((request) => request.body.model === model).length;
}

function untilCalls(handle: WorkflowHandle, calls: number): Promise<void> {
  return until(async () => (await requests(handle)) >= calls, 20_000);
}
