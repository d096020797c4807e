import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { RunInput } from '../../src/domain/run-input.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { resetBeforePhase } from '../../src/temporal/reset-run.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note', maxModelCalls: 200 }]);
  await stack.template('two', [{ key: 'design' }, { key: 'plan' }]);
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }, { key: 'plan' }]);
  await stack.template('shared-out', [{ key: 'design', budgetTokens: 10 }, { key: 'plan' }]);
  await stack.template('waiting', [{ key: 'note', maxModelCalls: 200 }], { onBudget: 'wait' });
});
after(() => stack.stop());

const LOOK = { tools: [{ name: 'ls', args: { path: 'repo' } }] };
const NOTE = { tools: [{ name: 'write_artifact', args: { title: 'a note' } }] };

/** A run whose model has a price: 1 dollar for a million tokens of input, 2 for a million of output. */
async function start(template: string, script: Behaviour[], input: Partial<RunInput>): Promise<WorkflowHandle> {
  const { name } = await stack.persona([], { model: 'priced', maxOutputTokens: 200 });
  stack.model.script('priced', script);
  return stack.startRaw([
    { template, repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name }, ...input },
  ]);
}

test('S24: a budget in dollars is never passed, and the run fails with what was used and what the next call might use', async () => {
  const handle = await start('one', [{ ...LOOK, times: 'always' }], { budgetUsd: 0.01 });
  const end = await ended(stack, handle);
  assert.equal(end.code, 'budget_exceeded');
  assert.match(
    end.message,
    /the phase has used \$0\.0\d+, and the next call might use \$0\.00\d+, more than the budget has left/,
  );
  assert.ok(end.report.totals.calls > 2, `${end.report.totals.calls} calls`);
  const cost = end.report.totals.costUsd ?? 0;
  assert.ok(cost <= 0.01 && cost > 0.002, `${cost}`);
  assert.equal(end.report.totals.budgetUsd, 0.01);
});

test('S24: a budget in tokens, of the run and of a phase', async () => {
  const run = await ended(stack, await start('one', [{ ...LOOK, times: 'always' }], { budgetTokens: 20_000 }));
  assert.equal(run.code, 'budget_exceeded');
  const { inputTokens, outputTokens } = run.report.totals;
  assert.ok(
    inputTokens + outputTokens <= 20_000 && inputTokens + outputTokens > 2_000,
    `${inputTokens + outputTokens}`,
  );
  const phase = await ended(stack, await start('shared-out', [], {}));
  assert.equal(phase.code, 'budget_exceeded');
  assert.equal(phase.report.totals.calls, 0, 'ten tokens are not enough for a call');
});

test('S25: a budget in dollars refuses a model without a price before anything is paid, unless the input allows it', async () => {
  const refused = await ended(stack, await stack.start('two', [], { budgetUsd: 1 }));
  assert.equal(refused.code, 'price_unknown');
  assert.match(refused.message, /phase design: the model test\/model-.* has no price in the backends file/);
  assert.equal(
    (await ended(stack, await stack.start('two', [], { budgetUsd: 1, allowUnknownPrices: true }))).temporal,
    'COMPLETED',
  );
  assert.equal(
    (await ended(stack, await stack.start('two', [], { budgetTokens: 1_000_000 }))).temporal,
    'COMPLETED',
    'tokens need no price',
  );
});

test('S24: onBudget: wait: the gate `budget` opens; an approval carries the new limit, or allows as much again', async () => {
  const handle = await start('waiting', [{ ...LOOK, times: 'always' }], { budgetUsd: 0.01 });
  const { openGates, phases } = await untilGate(stack, handle);
  assert.deepEqual(
    openGates.map(({ phase, gate, artifact }) => [phase, gate, artifact]),
    [['note', 'budget', null]],
  );
  assert.equal(phases[0]?.state, 'awaiting_approval');
  await assert.rejects(decide(handle, { action: 'requestChanges', comment: 'cheaper' }), /about no artifact/);
  await assert.rejects(decide(handle, { action: 'reject', budgetUsd: 1 }), /belong to an approval/);
  await assert.rejects(decide(handle, { action: 'approve', budgetUsd: -1 }), /must be a number above 0/);
  await decide(handle, { action: 'approve', by: 'ann' });
  const again = await untilStatus(
    stack,
    handle,
    (status) => status.budget.microUsd === '20000' && status.openGates.length > 0,
  );
  assert.ok(
    Number(again.usage.costMicroUsd) <= 20_000 && Number(again.usage.costMicroUsd) > 10_000,
    'as much again, and not more',
  );
  stack.model.script('priced', [NOTE]);
  await decide(handle, { action: 'approve', budgetUsd: 5 });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.equal(end.report.totals.budgetUsd, 5, 'the record shows the budget in force');
  assert.equal((await stack.mirror.findRun(end.report.runId))?.budgetMicroUsd, '5000000');
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'budget_raised').map(({ payload }) => payload.budgetMicroUsd),
    ['20000', '5000000'],
  );
  const { rows } = await stack.mirror.pool.query(
    'SELECT gate, state FROM approval_requests WHERE run_id = $1 ORDER BY requested_at',
    [end.report.runId],
  );
  assert.deepEqual(rows, [
    { gate: 'budget', state: 'approved' },
    { gate: 'budget', state: 'approved' },
  ]);
});

test('S24: a rejection at the gate `budget` fails the run for its budget', async () => {
  const handle = await start('waiting', [{ ...LOOK, times: 'always' }], { budgetUsd: 0.005 });
  await untilGate(stack, handle);
  await handle.signal('reject', { by: 'ann' });
  assert.equal((await ended(stack, handle)).code, 'budget_exceeded');
});

test('S24: what was paid before a reset still counts', async () => {
  const handle = await start('gated', [NOTE, { ...LOOK, times: 10 }, NOTE], { budgetUsd: 0.04 });
  await untilGate(stack, handle);
  await handle.signal('approve');
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  const paid = end.report.totals.costUsd ?? 0;
  assert.ok(paid > 0.008, `${paid}`);
  stack.model.script('priced', [{ ...LOOK, times: 'always' }]);
  await resetBeforePhase(stack.client, handle.workflowId, { phase: 'plan', reason: 'again', reapply: false });
  const second = await ended(stack, stack.client.workflow.getHandle(handle.workflowId));
  assert.equal(second.code, 'budget_exceeded');
  const inAll = second.report.totals.costUsd ?? 0;
  assert.ok(inAll > paid && inAll <= 0.04, `${inAll}`);
});

function decide(handle: WorkflowHandle, payload: object): Promise<unknown> {
  return handle
    .executeUpdate('decide', { args: [payload] })
    .catch((error: Error) => Promise.reject(error.cause instanceof Error ? error.cause : error));
}
