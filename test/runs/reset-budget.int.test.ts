import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { NO_MONEY, toUsd } from '../../src/domain/money/amount.js';
import type { WorkflowHandle } from '@temporalio/client';
import { PhasegateError } from '../../src/domain/failures.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { resetBeforePhase } from '../../src/temporal/reset-run.js';
import { ended, untilGate, type Ended } from '../support/ended.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';

const BUDGET_USD = 0.04;

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [
    { key: 'design', gates: ['lead'] },
    { key: 'plan', gates: ['merge'], maxModelCalls: 200 },
  ]);
});
after(() => stack.stop());

const LOOK = { tools: [{ name: 'ls', args: { path: 'repo' } }] };
const NOTE = { tools: [{ name: 'write_artifact', args: { title: 'a note' } }] };

let serial = 0;

/**
 * A run that waits at its last gate, having paid for its second phase; without a commit, so that the branch is where it
 * began.
 */
async function atLastGate(
  script: Behaviour[] = [NOTE, { ...LOOK, times: 10 }, NOTE],
): Promise<{ handle: WorkflowHandle; model: string; paidUsd: number }> {
  const { name, model } = await stack.persona([], { model: `priced-${serial++}`, maxOutputTokens: 200 });
  stack.model.script(model, script);
  const handle = await stack.startRaw([
    {
      template: 'gated',
      repoPath: stack.repoPath,
      requirements: 'r',
      overrides: { worker: name },
      budgetUsd: BUDGET_USD,
    },
  ]);
  await untilGate(stack, handle, 'design');
  await handle.signal('approve', { phase: 'design' });
  const { run } = await untilGate(stack, handle, 'plan');
  const paid = await stack.mirror.findRun(run.runId);
  return { handle, model, paidUsd: toUsd(paid?.costMicroUsd ?? NO_MONEY) };
}

/** Resets the run to before its second phase, whose agent then works as long as it may. */
async function resetAndSpend({ handle, model }: { handle: WorkflowHandle; model: string }): Promise<Ended> {
  stack.model.script(model, [{ ...LOOK, times: 'always' }]);
  await resetBeforePhase(stack.client, handle.workflowId, { phase: 'plan', reason: 'again', reapply: false });
  return ended(stack, stack.client.workflow.getHandle(handle.workflowId), { report: 'in the mirror' });
}

/** The budget held, with all that was paid before the reset, and the record has the reset. */
function assertHeld(end: Ended, paidUsd: number): void {
  const { costUsd } = end.report.totals;
  assert.equal(end.code, 'budget_exceeded', end.message);
  assert.ok(paidUsd > 0.008, `${paidUsd} was paid before`);
  assert.ok((costUsd ?? 0) > paidUsd && (costUsd ?? 1) <= BUDGET_USD, `${costUsd} in all, ${paidUsd} before the reset`);
  assert.equal(end.events.filter(({ type }) => type === 'run_reset').length, 1);
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'event_conflict'),
    [],
  );
}

test('S24: what was paid before a reset counts on a worker that has no folder of the run', async (t) => {
  const run = await atLastGate();
  const root = await mkdtemp(path.join(tmpdir(), 'phasegate-other-root-'));
  await stack.stopWorker();
  const stop = await startTestWorker(stack, { workspaceRoot: root });
  t.after(async () => {
    await stop();
    await rm(root, { recursive: true });
  });
  assertHeld(await resetAndSpend(run), run.paidUsd);
});

test('S24: what was paid before a reset counts, and the reset is recorded, after a crash between folder and event', async (t) => {
  const stop = await startTestWorker(stack);
  t.after(stop);
  const { appendEvents, readSpent } = stack.mirror;
  t.after(() => Object.assign(stack.mirror, { appendEvents, readSpent }));
  let crashes = 0;
  Object.assign(stack.mirror, {
    appendEvents: (...args: Parameters<typeof appendEvents>) => {
      const [, events] = args;
      if (!events.some(({ type }) => type === 'run_reset') || ++crashes > 2) return appendEvents(...args);
      throw new PhasegateError('mirror_unavailable', 'it went away just now');
    },
  });
  const run = await atLastGate();
  assertHeld(await resetAndSpend(run), run.paidUsd);
  assert.equal(crashes, 3);
});

test('S24: calls that broke off before a reset count after it, and a second reset forgets nothing', async (t) => {
  const stop = await startTestWorker(stack);
  t.after(stop);
  const run = await atLastGate([NOTE, { fault: 'drop_mid_body' }, { ...LOOK, times: 6 }, NOTE]);
  const first = await resetAndSpend(run);
  const { costUsd, reservedUsd, unpricedCalls } = first.report.totals;
  assert.equal(first.code, 'budget_exceeded', first.message);
  assert.equal(unpricedCalls, 1);
  assert.ok(reservedUsd > 0 && (costUsd ?? 1) + reservedUsd <= BUDGET_USD, `${costUsd} and ${reservedUsd}`);
  const second = await resetAndSpend(run);
  assert.equal(second.code, 'budget_exceeded', second.message);
  const { totals } = second.report;
  assert.ok((totals.costUsd ?? 1) + totals.reservedUsd <= BUDGET_USD, `${totals.costUsd} and ${totals.reservedUsd}`);
  assert.ok(
    totals.calls <= first.report.totals.calls + 1,
    'a new conversation begins with a shorter prompt: one call more may fit',
  );
});
