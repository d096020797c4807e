import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
});
after(() => stack.stop());

test(
  'every message that Temporal took while the run closed is in the record, and none changes its end',
  { timeout: 120_000 },
  async () => {
    for (const end of ['approve', 'reject', 'abort']) {
      const handle = await stack.start('gated');
      await untilGate(stack, handle);
      await handle.signal(end, { by: 'ann' });
      let taken = 0;
      // as fast as they go: each comes into another moment of the closing. One that comes in the task of the end itself
      // still counts, so those that would change the end are for the end that they can't change.
      const late = ['approve', 'nonsense', ...(end === 'abort' ? ['abort', 'reject'] : [])];
      for (let isOpen = true; isOpen && taken < 60;) {
        isOpen = await handle.signal(late[taken % late.length] ?? '', { comment: `${taken}` }).then(() => true, closed);
        if (isOpen) taken++;
      }
      assert.ok(taken > 0, 'it closes only after some of them');
      const { temporal, events } = await ended(stack, handle);
      assert.equal(temporal, { approve: 'COMPLETED', reject: 'FAILED', abort: 'CANCELLED' }[end]);
      assert.equal(events.filter(({ type }) => type === 'decision_ignored').length, taken);
    }
  },
);

function closed(error: unknown): false {
  assert.ok(error instanceof WorkflowNotFoundError, String(error));
  return false;
}

test('the notice of an expiry has all its tries although the run closes', { timeout: 120_000 }, async () => {
  for (const onTimeout of ['reject', 'abort'] as const) {
    const told = path.join(stack.config.workspaceRoot, `told-${onTimeout}`);
    const command = ['sh', '-c', `grep -q gate_opened && exit 0; echo >> ${told}; test $(wc -l < ${told}) -ge 2`];
    const lead = { name: 'lead', timeout: '1s', onTimeout };
    await stack.template(`times-${onTimeout}`, [{ key: 'design', gates: [lead] }], { notify: [{ command }] });
    const handle = await stack.start(`times-${onTimeout}`);
    const end = await ended(stack, handle);
    assert.equal(end.temporal, onTimeout === 'reject' ? 'FAILED' : 'CANCELLED');
    assert.equal((await readFile(told, 'utf8')).length, 2, 'the first try failed, the second one did not');
  }
});

test(
  'a run that is paused before it is planned is paused in the mirror, too, until it is resumed',
  { timeout: 120_000 },
  async () => {
    const { name } = await stack.persona([]);
    const input = { template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
    const handle = await stack.client.workflow.signalWithStart('agentRun', {
      taskQueue: stack.config.taskQueue,
      workflowId: `paused-${name}`,
      signal: 'pause',
      signalArgs: [{ by: 'ann' }],
      args: [input],
    });
    const { run } = await untilStatus(stack, handle, ({ template, state }) => template !== null && state === 'paused');
    const mirrored = async () => (await stack.mirror.listEvents(run.runId, 0, 10)).map(({ type }) => type);
    await until(async () => (await mirrored()).includes('run_started'), 20_000);
    assert.equal((await stack.mirror.findRun(run.runId))?.state, 'paused');
    await handle.signal('resume');
    await untilGate(stack, handle);
    await handle.signal('abort');
    assert.equal((await ended(stack, handle)).temporal, 'CANCELLED');
  },
);
