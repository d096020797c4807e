import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SWEPT_AT_ONCE } from '../../src/domain/record/reconcile.js';
import { clientOf, reconcilePass } from '../client/support.js';
import { untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { startWaitingRuns } from '../support/waiting-runs.js';

const OPEN = 10_000;

let stack: TestStack;
let client: ReturnType<typeof clientOf>;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  client = clientOf(stack);
});
after(() => stack.stop());

const pass = (...args: string[]) => reconcilePass(client, ...args);

test(
  `a run that is terminated beside ${OPEN} open ones is closed by the next pass, and those cost it nothing`,
  { timeout: 600_000 },
  async () => {
    await startWaitingRuns(stack, OPEN);
    const waiting = `TaskQueue = '${stack.config.taskQueue}' AND ExecutionStatus = 'Running' AND WorkflowType = 'agentRun'`;
    await until(async () => (await stack.client.workflow.count(waiting)).count === OPEN);
    await pass();
    const run = await stack.start('gated');
    await untilGate(stack, run);
    await run.terminate('wrong one');
    const closed = `WorkflowId = '${run.workflowId}' AND ExecutionStatus = 'Terminated'`;
    await until(async () => (await stack.client.workflow.count(closed)).count === 1);

    const next = await pass();
    assert.deepEqual(
      next.closed.map(({ workflowId }) => workflowId),
      [run.workflowId],
    );
    assert.deepEqual(next.failed, []);
    assert.ok(next.looked <= 1 + SWEPT_AT_ONCE, `it looked at ${next.looked} runs`);
  },
);
