import { cancel, coded, signal, type ActivatedRun } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { money } from '../../src/domain/money/amount.js';
import type { PhaseTask } from '../../src/domain/phase-contract.js';
import { gate, outcome, plan } from './support/plans.js';
import { atGate, atWork, HOOK, notices } from './support/runs.js';

const SHARE = { microUsd: money(1_000), tokens: null };

/** A run whose phase, with a share of its own, has spent it. */
async function spent(how: 'gate' | 'parked', budget = { microUsd: money(5_000), tokens: null }): Promise<ActivatedRun> {
  const policy = how === 'gate' ? ({ onBudget: 'wait' } as const) : ({ onHumanRequired: 'wait' } as const);
  const run = await atWork(plan([{ key: 'design', budget: SHARE }], { budget, ...policy }));
  return run.tell(run.failed('executePhase', coded('budget_exceeded')));
}

/** The newest task of a phase. */
const task = (run: ActivatedRun) => run.scheduled.findLast(({ type }) => type === 'executePhase')?.args[0] as PhaseTask;

test('the gate budget and a retry with a new budget: one rule, also for the phase that has a share of its own', async () => {
  const atGateBudget = await spent('gate');
  await atGateBudget.tell(signal('approve', { budgetUsd: 0.02 }));
  const parked = await spent('parked');
  await parked.tell(signal('retry', { budgetUsd: 0.02 }));
  for (const run of [atGateBudget, parked]) {
    assert.deepEqual(task(run).budget.limits, { microUsd: '20000', tokens: null });
    assert.deepEqual(task(run).phase.budget, { microUsd: null, tokens: null });
    assert.deepEqual(run.status.budget, { microUsd: '20000', tokens: null });
  }
});

test('the start tells the budget, and each raise is an event with the budget that is in force from then on', async () => {
  const parked = await spent('parked');
  await parked.tell(signal('retry', { budgetUsd: 0.02, by: 'ann' }));
  const atGateBudget = await spent('gate');
  await atGateBudget.tell(signal('approve', { by: 'ann' }));
  for (const [run, raised] of [
    [parked, '20000'],
    [atGateBudget, '10000'],
  ] as const) {
    const told = run.events.filter(({ payload }) => payload.budgetMicroUsd !== undefined);
    assert.deepEqual(
      told.map(({ type, payload }) => [type, payload.budgetMicroUsd, payload.budgetTokens]),
      [
        ['run_started', '5000', null],
        ['budget_raised', raised, null],
      ],
    );
    const { by, phaseMicroUsd, phaseTokens } = told[1]!.payload;
    assert.deepEqual([by, phaseMicroUsd, phaseTokens, told[1]!.phaseKey], ['ann', null, null, 'design']);
  }
  const same = await spent('parked');
  await same.tell(signal('retry', { by: 'ann' }));
  assert.ok(!same.eventTypes.includes('budget_raised'), 'nothing was raised');
});

test('a retry without a budget leaves all limits as they are; an approval without one allows as much again', async () => {
  const parked = await spent('parked');
  await parked.tell(signal('retry'));
  assert.deepEqual([task(parked).budget.limits.microUsd, task(parked).phase.budget.microUsd], ['5000', '1000']);
  const atGateBudget = await spent('gate');
  await atGateBudget.tell(signal('approve'));
  assert.deepEqual(
    [task(atGateBudget).budget.limits.microUsd, task(atGateBudget).phase.budget.microUsd],
    ['10000', null],
  );
});

describe('an end at the gate budget: the phase does not wait for an approval any more', () => {
  for (const [how, end, closed] of [
    ['reject', signal('reject', { by: 'ann', comment: 'too dear' }), 'failed'],
    ['abort', signal('abort'), 'cancelled'],
    ['abort of the gate', signal('abort', { gate: 'budget' }), 'cancelled'],
    ['cancel', cancel(), 'cancelled'],
  ] as const) {
    test(how, async () => {
      const run = await spent('gate');
      assert.equal(run.status.phases[0]?.state, 'awaiting_approval');
      await run.tell(end);
      assert.equal(run.closed?.as, closed);
      assert.equal(run.status.phases[0]?.state, 'failed');
      assert.ok(run.status.phases[0]?.endedAt);
      assert.equal(run.events.findLast(({ phaseKey }) => phaseKey === 'design')?.type, 'phase_failed');
    });
  }

  test('a rejection says by whom and why', async () => {
    const run = await spent('gate');
    await run.tell(signal('reject', { by: 'ann', comment: 'too dear' }));
    assert.deepEqual(
      [run.closed?.code, /rejected by ann: too dear/.test(run.closed?.message ?? '')],
      ['budget_exceeded', true],
    );
  });
});

describe('a round of gates ends once', () => {
  const two = () => atGate(plan([{ key: 'design', gates: [gate('lead'), gate('security')] }]));

  test('one rejection ends the round: an approval of the other gate comes too late', async () => {
    const run = await two();
    await run.tell(signal('reject', { gate: 'lead' }), signal('approve', { gate: 'security' }));
    assert.equal(run.closed?.code, 'approval_rejected');
    assert.equal(run.events.filter(({ type }) => type === 'approval_resolved').length, 1);
    assert.equal(run.events.find(({ type }) => type === 'decision_ignored')?.payload.reason, 'no_open_gate');
  });

  test('an expiry in the task of a decision does not overturn it', async () => {
    for (const onTimeout of ['reject', 'abort', 'escalate', 'wait'] as const) {
      const run = await atGate(plan([{ key: 'design', gates: [gate('lead', { timeoutMs: 60_000, onTimeout })] }]));
      await run.tell(run.fired('design/lead'), signal('approve'));
      assert.equal(run.closed?.as, 'completed', onTimeout);
      assert.ok(!run.eventTypes.includes('gate_expired'));
    }
  });

  test('a revision opens its gate anew', async () => {
    const run = await atGate();
    await run.tell(signal('requestChanges', { comment: 'shorter' }));
    await run.tell(run.completed('executePhase', outcome('design', { attempts: 2 })));
    assert.deepEqual(
      run.status.openGates.map(({ gate: name }) => name),
      ['lead'],
    );
    await run.tell(signal('approve'));
    assert.equal(run.status.phases[0]?.state, 'completed');
  });
});

describe('the notice of an expiry reaches people although the run closes', () => {
  for (const onTimeout of ['reject', 'abort'] as const) {
    test(onTimeout, async () => {
      const timed = gate('lead', { timeoutMs: 60_000, onTimeout });
      const run = await atGate(plan([{ key: 'design', gates: [timed] }], { notify: [HOOK, HOOK] }));
      await run.tell(run.fired('design/lead'));
      assert.deepEqual(notices(run), ['gate_opened', 'gate_opened', 'expired', 'expired']);
      assert.equal(
        run.status.state,
        onTimeout === 'reject' ? 'failed' : 'aborted',
        'the mirror and the report have its end',
      );
      assert.equal(run.isOpen, true, 'it waits for its notices');
      const [first, second] = run.pending.filter(
        ({ args: [, notice] }) => (notice as { kind?: string } | undefined)?.kind === 'expired',
      );
      await run.tell(run.ended(first, 'completed'));
      assert.equal(run.isOpen, true);
      await run.tell(run.ended(second, 'failed'));
      assert.equal(run.closed?.as, onTimeout === 'reject' ? 'failed' : 'cancelled');
    });
  }

  test('a run that people end does not wait for a notice about a gate that is gone', async () => {
    const run = await atGate(plan([{ key: 'design', gates: [gate('lead')] }], { notify: [HOOK] }));
    await run.tell(signal('reject'));
    assert.equal(run.closed?.as, 'failed');
  });
});
