import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
});
after(() => stack.stop());

test(
  'S15: one batch approves 100 runs that wait at a gate: all complete, 100 decisions, none ignored',
  { timeout: 240_000 },
  async () => {
    const { name } = await stack.persona([]);
    const input = { template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
    const handles = await Promise.all(Array.from({ length: 100 }, () => stack.startRaw([input])));
    const query = `WorkflowType = 'agentRun' AND TaskQueue = '${stack.config.taskQueue}' AND RunGate = 'design/lead' AND ExecutionStatus = 'Running'`;
    await until(async () => (await stack.client.workflow.count(query)).count === 100, 120_000);
    await run(process.env.TEMPORAL_CLI ?? 'temporal', [
      'workflow',
      'signal',
      '--query',
      query,
      '--name',
      'approve',
      '--input',
      '{"by": "ann"}',
      '--reason',
      'all of them',
      '--yes',
      '--address',
      process.env.PHASEGATE_TEST_TEMPORAL ?? '',
    ]);
    const ends = await Promise.all(handles.map((handle) => ended(stack, handle)));
    assert.deepEqual(new Set(ends.map(({ temporal: status }) => status)), new Set(['COMPLETED']));
    const ids = ends.map(({ report }) => report.runId);
    const decisions = await stack.mirror.pool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM approval_decisions WHERE run_id = ANY($1)',
      [ids],
    );
    assert.equal(decisions.rows[0]?.n, 100);
    assert.equal(ends.flatMap(({ events }) => events).filter(({ type }) => type === 'decision_ignored').length, 0);
  },
);
