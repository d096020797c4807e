import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { untilGate } from '../support/ended.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { clientOf } from './support.js';

/** What gRPC takes by default. */
const MESSAGE_LIMIT = 4 * 1024 * 1024;
const COMMENT = 'x'.repeat(60_000);

let stack: TestStack;
let client: ReturnType<typeof clientOf>;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  client = clientOf(stack);
});
after(() => stack.stop());

test('verify, rebuild and reset read a history of more than 4 MiB', { timeout: 180_000 }, async () => {
  const handle = await stack.start('gated');
  const { run } = await untilGate(stack, handle);
  await stack.stopWorker();
  // all together they would be more than the server keeps for one task
  for (let n = 0; n < 90; n++) await handle.signal('approve', { phase: 'another', comment: COMMENT });
  const size = async () => Number((await handle.describe()).raw.workflowExecutionInfo?.historySizeBytes ?? 0);
  assert.ok((await size()) > MESSAGE_LIMIT, `the history has ${await size()} bytes`);
  const stop = await startTestWorker(stack);
  try {
    await until(async () => (await stack.status(handle)).ignored.length > 0, 60_000);
    await until(
      async () => (await client('verify', handle.workflowId)).code === 0,
      60_000,
      async () => {
        const { stdout, stderr } = await client('verify', handle.workflowId);
        return stdout.slice(0, 2_000) + stderr;
      },
    );
    await stack.mirror.pool.query("DELETE FROM run_events WHERE run_id = $1 AND type = 'artifact_validated'", [
      run.runId,
    ]);
    const damaged = await client('verify', handle.workflowId);
    assert.match(damaged.stdout, /event_missing/, damaged.stderr);
    const rebuilt = await client('rebuild', handle.workflowId);
    assert.equal(rebuilt.code, 0, rebuilt.stdout.slice(0, 2_000) + rebuilt.stderr);
    const reset = await client('reset', handle.workflowId, '--phase', 'design');
    assert.equal(reset.code, 0, reset.stderr);
    assert.ok((await stack.client.workflow.getHandle(handle.workflowId).describe()).runId !== run.runId);
  } finally {
    await stack.client.workflow.getHandle(handle.workflowId).terminate();
    await stop();
  }
});
