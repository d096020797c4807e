import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { followRun } from '../../src/client/look/follow-run.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { clientOf } from './support.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
});
after(() => stack.stop());

test('a run that Temporal holds (temporal workflow pause) is open: commands say so, and following it goes on', async () => {
  const handle = await stack.start('gated');
  const { workflowId } = handle;
  await untilGate(stack, handle);
  const lines: string[] = [];
  let looks = 0;
  const following = followRun(handle, { say: (line) => lines.push(line), show: () => looks++, onGate: async () => {} });
  const { workflowService } = stack.client;
  const request = { namespace: 'default', workflowId, identity: 'ann', requestId: randomUUID() };
  await workflowService.pauseWorkflowExecution({ ...request, reason: 'look at it first' });
  await until(
    () => lines.some((line) => /paused in Temporal by ann: look at it first/.test(line)),
    20_000,
    () => lines.join('\n'),
  );

  const client = clientOf(stack);
  const status = await client('status', workflowId);
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stdout, /is paused in Temporal by ann: look at it first; temporal workflow unpause/);
  assert.equal((JSON.parse((await client('status', workflowId, '--json')).stdout) as { state: string }).state, 'held');
  const approved = await client('approve', workflowId);
  assert.equal(approved.code, 4, approved.stderr);
  assert.match(approved.stderr, /^run_held: .*unpause/m);
  await until(async () => /\(paused in Temporal\)/.test((await client('list', '--waiting', '--limit', '1000')).stdout));
  assert.match((await client('doctor')).stdout, /task queue test-.*: 1 open runs/);

  const before = looks;
  await workflowService.unpauseWorkflowExecution({ ...request, requestId: randomUUID(), reason: 'fine' });
  await until(
    () => looks > before,
    20_000,
    () => 'it was not followed any further',
  );
  assert.equal((await client('approve', workflowId)).code, 0);
  assert.equal((await following)?.status.state, 'completed');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});
