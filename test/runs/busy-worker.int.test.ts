import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { RunRef } from '../../src/domain/run-state.js';
import { clientOf } from '../client/support.js';
import { ended, readEvents, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { verified } from '../support/verified.js';

/** What must not wait for an agent is done in far less than the agent's time. */
const SOON_MS = 60_000;

let stack: TestStack;
let atGate: WorkflowHandle;
let working: WorkflowHandle;
before(async () => {
  stack = await startTestStack({ modelCallTimeoutMs: 300_000, concurrentPhases: 1 });
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  atGate = await stack.start('gated');
  await untilGate(stack, atGate);
  working = await stack.start('one', [{ delayMs: 240_000 }]);
  await until(async () => (await callsOf(working)) === 1);
});
after(() => stack.stop());

test('while agents have all the places of a worker, a wrong input still fails at once', async () => {
  const began = Date.now();
  const handle = await stack.start('no-such-template');
  const end = await ended(stack, handle);
  assert.equal(end.report.error?.code, 'template_not_found');
  assert.ok(Date.now() - began < SOON_MS, `${Date.now() - began} ms`);
});

test('while agents have all the places of a worker, a run at a gate can be decided and closes with its report', async () => {
  const began = Date.now();
  await atGate.signal('approve');
  const end = await ended(stack, atGate);
  assert.equal(end.temporal, 'COMPLETED');
  assert.ok(Date.now() - began < SOON_MS, `${Date.now() - began} ms`);
});

test('what a person does to a run that waits for a place stands behind what had happened before', async () => {
  const { waiting, run } = await startWaiting();
  await waiting.signal('pause');
  await until(async () => (await typesOf(run.runId)).includes('run_paused'), SOON_MS);
  assert.deepEqual(await typesOf(run.runId), ['run_created', 'run_started', 'phase_started', 'run_paused']);
  await waiting.terminate();
});

test('of a run that is aborted while it waits for a place nothing is lost', async () => {
  const { waiting } = await startWaiting();
  await waiting.signal('abort');
  const { report, events } = await ended(stack, waiting);
  assert.equal(report.status, 'aborted');
  assert.deepEqual(
    events.map(({ type }) => type),
    ['run_created', 'run_started', 'phase_started', 'phase_failed', 'run_aborted'],
  );
});

test('of a run that is terminated while it waits for a place nothing is lost once it is reconciled', async () => {
  const { waiting, run } = await startWaiting();
  await waiting.terminate('not needed');
  assert.equal((await clientOf(stack)('reconcile', '--settle', '0s')).code, 0);
  assert.deepEqual(await typesOf(run.runId), ['run_created', 'run_started', 'phase_started', 'run_failed']);
  await verified(stack, run.runId);
});

test('a further phase waits until an agent is done: no more work at once than was allowed; the mirror does not say that it is at work', async () => {
  const { waiting, run } = await startWaiting();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  assert.equal(await callsOf(waiting), 0);
  assert.deepEqual(await typesOf(run.runId), []);
  assert.equal((await stack.mirror.findRun(run.runId))?.state, 'created');
  await working.signal('abort');
  assert.equal((await ended(stack, working)).report.status, 'aborted');
  assert.equal((await ended(stack, waiting)).temporal, 'COMPLETED');
});

/** A run whose first phase has been handed to Temporal, where it waits for a place. */
async function startWaiting(): Promise<{ waiting: WorkflowHandle; run: RunRef }> {
  const waiting = await stack.start('one');
  const { run } = await untilStatus(stack, waiting, ({ phases }) => phases[0]?.state === 'running');
  return { waiting, run };
}

async function typesOf(runId: string): Promise<string[]> {
  return (await readEvents(stack, runId)).map(({ type }) => type);
}

async function callsOf(handle: WorkflowHandle): Promise<number> {
  const { phases } = await untilStatus(stack, handle, (status) => status.phases.length > 0);
  return stack.model.requests.filter(({ body }) => body.model === `model-${phases[0]?.persona}`).length;
}
