import { ActivatedRun, cancel, coded, signal, type Job } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { money } from '../../src/domain/money/amount.js';
import { noUsage } from '../../src/domain/money/usage.js';
import { gate, outcome, plan } from './support/plans.js';
import { atGate, atWork, GATED, HOOK, notices } from './support/runs.js';

const ABORT = signal('abort', { by: 'ann', comment: 'wrong branch' });

/** It closed as Canceled, nothing came behind, and the record names who stopped it. */
function stopped(run: ActivatedRun, by: string | null = 'ann'): void {
  assert.equal(
    run.closed?.as,
    'cancelled',
    `${run.closed?.as} ${run.closed?.code}; pending: ${run.pendingTypes.join(', ')}`,
  );
  const endings = run.events.filter(({ type }) => ['run_completed', 'run_failed', 'run_aborted'].includes(type));
  assert.deepEqual(
    endings.map(({ type, payload }) => [type, payload.by]),
    [['run_aborted', by]],
  );
  assert.deepEqual([run.status.state, run.status.waitsFor, run.status.openGates], ['aborted', null, []]);
  assert.equal(run.shown.RunState, 'aborted');
  const left = run.status.phases.filter(({ state }) => state === 'running' || state === 'awaiting_approval');
  assert.deepEqual(left, []);
  assert.equal(run.unfinishedHandlers, 0);
}

test('a run does its phases, waits at its gate and completes', async () => {
  const run = await atGate();
  assert.deepEqual(
    run.status.openGates.map(({ gate: name }) => name),
    ['lead'],
  );
  await run.tell(signal('approve', { by: 'ann' }));
  await run.tell(run.completed('executePhase', outcome('plan')));
  assert.deepEqual(run.closed, { as: 'completed', code: null, message: '' });
  assert.deepEqual(run.eventTypes, [
    'run_created',
    'run_started',
    'phase_started',
    'approval_requested',
    'approval_resolved',
    'phase_completed',
    'phase_started',
    'phase_completed',
    'run_completed',
  ]);
});

describe('a stop that lies in history before the first workflow task', () => {
  const BEFORE: Record<string, { jobs: Job[]; by?: null }> = {
    'an abort': { jobs: [ABORT] },
    'a cancel': { jobs: [cancel()], by: null },
    'an abort behind others': { jobs: [signal('approve'), signal('pause'), signal('aprove'), ABORT] },
    'an abort before others': { jobs: [ABORT, signal('approve'), signal('resume'), signal('pause')] },
    'an abort and a cancel': { jobs: [ABORT, cancel()] },
    'an abort of a paused run': { jobs: [signal('pause'), ABORT] },
  };
  for (const [what, { jobs, by }] of Object.entries(BEFORE)) {
    test(`${what}: nothing is planned or paid, the run closes as Canceled`, async () => {
      const run = await new ActivatedRun({ template: 't' }).start(...jobs);
      stopped(run, by);
      assert.ok(!run.scheduled.some(({ type }) => type === 'planRun' || type === 'executePhase'));
      assert.equal(run.eventTypes[0], 'run_created');
    });
  }

  test('an abort by update', async () => {
    const run = new ActivatedRun({ template: 't' });
    await run.start(run.decide('u', { action: 'abort', by: 'ann' }));
    stopped(run);
    assert.deepEqual(run.updates.get('u'), { applied: true, message: 'abort is applied to the run' });
  });

  test('whatever the input is', async () => {
    for (const input of [undefined, 'x'.repeat(2_000_000)]) stopped(await new ActivatedRun(input).start(ABORT));
  });
});

test('other messages before the first workflow task: each is answered, and the run goes on', async () => {
  const names = ['approve', 'reject', 'requestChanges', 'retry', 'skip', 'resume'];
  const run = await new ActivatedRun({ template: 't' }).start(...names.map((name) => signal(name)));
  await run.tell(run.completed('planRun', GATED));
  assert.deepEqual(run.pendingTypes, ['executePhase']);
  assert.deepEqual(run.eventTypes, [
    'run_created',
    ...names.map(() => 'decision_ignored'),
    'run_started',
    'phase_started',
  ]);
  assert.deepEqual(
    run.status.ignored.map(({ name }) => name),
    names,
    'in the order of arrival',
  );
});

test('what came before the first workflow task counts in the order of arrival', async () => {
  const held = await new ActivatedRun({ template: 't' }).start(signal('resume'), signal('pause'));
  await held.tell(held.completed('planRun', GATED));
  assert.equal(held.status.state, 'paused');
  const free = await new ActivatedRun({ template: 't' }).start(signal('pause'), signal('resume'));
  await free.tell(free.completed('planRun', GATED));
  assert.equal(free.status.state, 'executing');
});

describe('a stop while the run is planned', () => {
  const ENDS: Record<string, (run: ActivatedRun) => Job> = {
    'it was made': (run) => run.completed('planRun', GATED),
    'it failed': (run) => run.failed('planRun', coded('template_invalid')),
    'it was given back by hand': (run) => run.completed('planRun', 'no plan'),
    'it was cancelled': (run) => run.cancelled('planRun'),
  };
  for (const [what, end] of Object.entries(ENDS)) {
    for (const [how, stop, by] of [
      ['abort', ABORT, 'ann'],
      ['cancel', cancel(), null],
    ] as const) {
      test(`${how}, and ${what}: no phase begins`, async () => {
        const later = await new ActivatedRun({ template: 't' }).start();
        await later.tell(stop);
        stopped(await later.tell(end(later)), by);
        const together = await new ActivatedRun({ template: 't' }).start();
        stopped(await together.tell(stop, end(together)), by);
        for (const { scheduled } of [later, together])
          assert.ok(!scheduled.some(({ type }) => type === 'executePhase'));
      });
    }
  }
});

describe('everything that ends after a stop is cancelled', () => {
  const usage = { ...noUsage(), calls: 3, costMicroUsd: money(700) };
  const ENDS: Record<string, (run: ActivatedRun) => Job> = {
    completed: (run) => run.completed('executePhase', outcome('design', { usage })),
    'failed for people': (run) => run.failed('executePhase', coded('model_auth_failed', { usage })),
    'used up its attempts': (run) => run.failed('executePhase', coded('artifact_invalid_after_repair', { usage })),
    'spent its budget': (run) => run.failed('executePhase', coded('budget_exceeded', { usage })),
    'failed for a code of no table': (run) => run.failed('executePhase', coded('provider_rate_limited', { usage })),
    'failed without details': (run) => run.failed('executePhase', ApplicationFailure.nonRetryable('it broke')),
    'given back by hand': (run) => run.completed('executePhase', { nonsense: true }),
    cancelled: (run) => run.cancelled('executePhase'),
  };
  const patient = { onHumanRequired: 'wait', onBudget: 'wait', notify: [HOOK] } as const;
  for (const [what, end] of Object.entries(ENDS)) {
    for (const [how, stop, by] of [
      ['abort', ABORT, 'ann'],
      ['cancel', cancel(), null],
    ] as const) {
      for (const policy of [{}, patient]) {
        test(`${how}, and the attempt is ${what}${'notify' in policy ? ', with onHumanRequired: wait' : ''}`, async () => {
          const planned = plan([{ key: 'design', gates: [gate('lead')] }, { key: 'plan' }], policy);
          for (const tasks of [1, 2]) {
            const run = await atWork(planned);
            if (tasks === 2) await run.tell(stop);
            await (tasks === 2 ? run.tell(end(run)) : run.tell(end(run), stop));
            stopped(run, by);
            assert.deepEqual(notices(run), [], 'nobody is told to help a run that is gone');
            assert.ok(!run.eventTypes.includes('approval_requested') && !run.eventTypes.includes('run_paused'));
            const paid = run.status.usage.costMicroUsd;
            assert.equal(paid, /cancelled|hand|details/.test(what) ? '0' : '700', 'what was paid counts');
          }
        });
      }
    }
  }

  test('a phase without gates that completed after all is completed; the next does not begin', async () => {
    const run = await atWork(plan([{ key: 'design' }, { key: 'plan' }]));
    await run.tell(ABORT);
    stopped(await run.tell(run.completed('executePhase', outcome('design'))));
    assert.deepEqual(
      run.status.phases.map(({ state }) => state),
      ['completed', 'pending'],
    );
  });

  test('the last phase completes in the very task in which the run is aborted', async () => {
    const run = await atWork(plan([{ key: 'design' }]));
    stopped(await run.tell(run.completed('executePhase', outcome('design')), ABORT));
  });
});

describe('a stop and another message in the same workflow task', () => {
  const others = ['approve', 'reject', 'requestChanges', 'pause', 'resume', 'retry', 'skip', 'aprove'];
  for (const name of others) {
    test(`${name} before and behind an abort, at a gate and parked`, async () => {
      const other = signal(name, { by: 'bob', comment: 'c' });
      for (const jobs of [
        [other, ABORT],
        [ABORT, other],
      ]) {
        stopped(await (await atGate()).tell(...jobs));
        const parked = await atWork(plan([{ key: 'design', maySkip: true }], { onHumanRequired: 'wait' }));
        await parked.tell(parked.failed('executePhase', coded('model_auth_failed')));
        assert.equal(parked.status.waitsFor?.kind, 'parked');
        stopped(await parked.tell(...jobs));
        assert.equal(parked.scheduled.filter(({ type }) => type === 'executePhase').length, 1);
      }
    });
  }
});

describe('while the run closes', () => {
  test('every message is ignored as too late, does nothing, and is in the record', async () => {
    const run = await atGate();
    delete run.auto.closeRun;
    await run.tell(signal('reject', { by: 'ann' }));
    const names = ['approve', 'abort', 'pause', 'resume', 'retry', 'skip', 'aprove'];
    await run.tell(...names.map((name) => signal(name)));
    assert.equal(run.status.state, 'failed');
    await run.tell(
      run.completed('closeRun', { reportPath: null, changed: null }),
      signal('abort', { comment: 'in the last task' }),
    );
    assert.deepEqual([run.closed?.as, run.closed?.code], ['failed', 'approval_rejected']);
    const ignored = run.events.filter(({ type }) => type === 'decision_ignored');
    assert.deepEqual(
      ignored.map(({ payload }) => payload.name),
      [...names, 'abort'],
    );
    const reasons = ignored.map(({ payload }) => payload.reason);
    assert.deepEqual([...new Set(reasons)].sort(), ['run_ended', 'unknown_signal']);
    assert.equal(run.status.state, 'failed');
  });

  test('a pause while a run closes is too late, whether the run completes or is aborted', async () => {
    for (const end of ['approve', 'abort']) {
      const run = await atGate(plan([{ key: 'design', gates: [gate('lead')] }]));
      delete run.auto.closeRun;
      await run.tell(signal(end));
      await run.tell(run.completed('closeRun', { reportPath: null, changed: null }), signal('pause'));
      assert.equal(run.closed?.as, end === 'approve' ? 'completed' : 'cancelled');
      assert.equal(run.events.at(-1)?.payload.reason, 'run_ended');
      assert.equal(run.status.state, end === 'approve' ? 'completed' : 'aborted');
    }
  });

  test('an artifact that changed: the run that was cancelled meanwhile is cancelled, not failed', async () => {
    const run = await atWork(plan([{ key: 'design' }]));
    delete run.auto.closeRun;
    await run.tell(run.completed('executePhase', outcome('design')));
    await run.tell(cancel());
    const end = run.completed('closeRun', { reportPath: null, changed: 'artifacts/design.json is another' });
    run.auto.closeRun = { reportPath: null, changed: null };
    await run.tell(end);
    assert.equal(run.closed?.as, 'cancelled');
  });
});
