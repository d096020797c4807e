import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }, { key: 'plan' }]);
  await stack.template('two-gates', [{ key: 'design', gates: ['lead', 'security'] }]);
  await stack.template('one', [{ key: 'note' }]);
});
after(() => stack.stop());

test('S15, S16: an approval lets the run go on, and both are in the record', async () => {
  const handle = await stack.start('gated');
  const { openGates } = await untilGate(stack, handle);
  await handle.signal('approve', { by: 'ann', artifactSha256: openGates[0]?.artifact?.sha256 });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  const { rows } = await stack.mirror.pool.query(
    'SELECT action, claimed_by, via FROM approval_decisions WHERE run_id = $1',
    [end.report.runId],
  );
  assert.deepEqual(rows, [{ action: 'approve', claimed_by: 'ann', via: 'signal' }]);
});

test('S15: a rejection fails the run with the comment', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await handle.signal('reject', { by: 'ann', comment: 'too vague' });
  const end = await ended(stack, handle);
  assert.equal(end.code, 'approval_rejected');
  assert.match(end.message, /rejected by ann: too vague/);
  assert.deepEqual(end.report.phases.map(({ state }) => state).slice(0, 1), ['failed']);
});

test('S15: an abort at a gate closes the run as Canceled, aborted in the mirror and in the report', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await handle.signal('abort', { by: 'ann' });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'CANCELLED');
  assert.match(end.report.error?.message ?? '', /aborted by ann/);
});

test('an abort while the agent works stops the model call', async () => {
  const handle = await stack.start('one', [{ fault: 'stall_body', times: 'always' }]);
  await untilStatus(stack, handle, ({ phases }) => phases[0]?.state === 'running');
  await handle.signal('abort');
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'CANCELLED');
});

test('temporal workflow cancel ends it the same way', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await handle.cancel();
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'CANCELLED');
  assert.equal(end.report.error?.code, 'run_cancelled');
});

test('S15: every gate of a phase needs its own approval; a decision that could mean two is not applied', async () => {
  const handle = await stack.start('two-gates');
  await untilStatus(stack, handle, ({ openGates }) => openGates.length === 2);
  await handle.signal('approve');
  await handle.signal('approve', { gate: 'security' });
  const between = await untilStatus(stack, handle, ({ openGates }) => openGates.length === 1);
  assert.deepEqual(
    between.openGates.map(({ gate }) => gate),
    ['lead'],
  );
  await handle.signal('approve', { gate: 'lead' });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'decision_ignored').map(({ payload }) => payload.reason),
    ['ambiguous'],
  );
});

test('no signal of any name or shape stops the run or passes its gate', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  const shapes: [string, unknown[]][] = [
    ['approve', ['yes']],
    ['approve', [7]],
    ['approve', [[]]],
    ['approve', [{ phase: 3 }]],
    ['approve', [{ comment: 'x'.repeat(20_000) }]],
    ['approve', [{ artifactSha256: 'f'.repeat(64) }]],
    ['approve', [{ phase: 'plan' }]],
    ['aprove', []],
    ['nonsense', [{ a: 1 }, 2]],
    ['approve', [{ by: '__proto__', gate: 'other' }]],
  ];
  for (const [name, args] of shapes) await handle.signal(name, ...args);
  const status = await untilStatus(stack, handle, ({ ignored }) => ignored.length === shapes.length);
  assert.equal(status.openGates.length, 1);
  assert.match(status.ignored.find(({ name }) => name === 'aprove')?.reason ?? '', /did you mean approve/);
  await handle.signal('approve', null, 'and more');
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.equal(end.events.filter(({ type }) => type === 'decision_ignored').length, shapes.length);
});

test('a payload that no converter can read is ignored as malformed, too', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  const broken = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"a": ') };
  const strange = { metadata: { encoding: Buffer.from('binary/martian') }, data: Buffer.from([1, 2, 3]) };
  for (const payload of [broken, strange]) {
    await stack.client.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId },
      signalName: 'approve',
      input: { payloads: [payload] },
    });
  }
  await untilStatus(stack, handle, ({ ignored }) => ignored.length === 2);
  await handle.signal('approve');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

test('signals sent with the start and while the run is planned, before any gate, are not applied and not lost', async () => {
  const { name } = await stack.persona([]);
  const handle = await stack.client.workflow.signalWithStart('agentRun', {
    taskQueue: stack.config.taskQueue,
    workflowId: `early-${name}`,
    signal: 'approve',
    signalArgs: [],
    args: [{ template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } }],
  });
  for (let n = 0; n < 3; n++) await handle.signal('approve');
  const status = await untilGate(stack, handle);
  assert.deepEqual(
    status.ignored.map(({ reason }) => /no gate is open/.test(reason)),
    [true, true, true, true],
  );
  await handle.signal('approve');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});
