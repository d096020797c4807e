import { ActivatedRun, signal, type Job } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_RECORDED } from '../../src/domain/ignored-tally.js';
import { SIGNALS_THROUGH_SDK } from '../../src/workflows/signal-intake.js';
import { outcome } from './support/plans.js';
import { atGate, atGateInWorker, GATED } from './support/runs.js';

const many = (count: number, make: (n: number) => Job): Job[] => Array.from({ length: count }, (_, n) => make(n));
const APPROVE = signal('approve', { by: 'ann' });

/** All messages without effect, as the record has them: each, and those that are counted. */
function recorded(run: ActivatedRun): { each: number; counted: number } {
  const each = run.events.filter(({ type }) => type === 'decision_ignored').length;
  const counts = run.events
    .filter(({ type }) => type === 'ignored_counted')
    .map(({ payload }) => Number(payload.count));
  return { each, counted: counts.reduce((sum, n) => sum + n, 0) };
}

/** How often something is among the commands of the activations from `first` on. */
const most = (run: ActivatedRun, first: number, name: string): number =>
  Math.max(...run.commands.slice(first).map((commands) => commands.filter((command) => command === name).length));

describe('a flood in one activation', () => {
  const FLOODS: Record<string, (n: number) => Job> = {
    'unknown signals': (n) => signal(`nonsense-${n}`, 'x'),
    'decisions on another phase': (n) => signal('approve', { phase: 'other', by: `p${n}`, comment: 'x'.repeat(500) }),
    'malformed payloads': (n) => signal('requestChanges', [n]),
    'too long texts': () => signal('approve', { comment: 'x'.repeat(10_001) }),
    'a mixture': (n) =>
      signal(['resume', 'retry', 'skip', 'aprove', 'approve'][n % 5] ?? '', { by: 'eve', phase: 'x' }),
  };
  for (const [what, make] of Object.entries(FLOODS)) {
    test(`${what}: shown and written once, 100 are recorded each, and the run can still be approved`, async () => {
      const run = await atGateInWorker();
      const [before, details] = [run.commands.length, run.detailsSet];
      await run.tell(...many(5_000, make));
      assert.ok(
        run.detailsSet - details <= run.commands.length - before,
        `${run.detailsSet - details} times in ${run.commands.length - before} activations`,
      );
      assert.ok(most(run, before, 'upsertWorkflowSearchAttributes') <= 1);
      assert.equal(most(run, before, 'scheduleActivity'), 1);
      assert.equal(run.status.ignoredTotal, 5_000);
      assert.equal(run.status.ignored.length, 10);
      assert.ok(JSON.stringify(run.status).length < 10_000);
      await run.tell(...many(200, make), APPROVE, ...many(200, make));
      assert.deepEqual(run.pendingTypes, ['executePhase'], 'it goes on');
      await run.tell(run.completed('executePhase', outcome('plan')));
      assert.equal(run.closed?.as, 'completed');
      assert.deepEqual(recorded(run), { each: MAX_RECORDED, counted: 5_400 - MAX_RECORDED });
      const types = run.eventTypes.filter((type) => type !== 'decision_ignored');
      assert.equal(
        types[types.indexOf('approval_resolved') - 1],
        'ignored_counted',
        'the count stands before the next event',
      );
      assert.ok(JSON.stringify(run.events).length < 200_000);
    });
  }

  test('signals that people alternate: each is applied, all are recorded in order, shown once', async () => {
    const run = await atGateInWorker();
    const before = run.commands.length;
    await run.tell(...many(2_001, (n) => signal(n % 2 ? 'resume' : 'pause', { by: `p${n}` })));
    assert.equal(run.status.state, 'paused');
    assert.ok(most(run, before, 'upsertWorkflowSearchAttributes') <= 1);
    assert.equal(most(run, before, 'scheduleActivity'), 1, 'one batch at a time');
    const steps = run.events.filter(({ type }) => type === 'run_paused' || type === 'run_resumed');
    assert.deepEqual(
      steps.map(({ payload }) => payload.by),
      Array.from({ length: 2_001 }, (_, n) => `p${n}`),
    );
  });

  test('looks at an edited file: a hundred decisions wait, the others are refused; a hundred looks for a gate', async () => {
    const run = await atGateInWorker();
    await run.tell(...many(1_000, (n) => signal('approve', { artifactSha256: String(n).padStart(64, '0') })));
    for (let n = 0; n < 300 && run.pendingTypes.includes('checkEditedArtifact'); n++)
      await run.tell(run.completed('checkEditedArtifact', { kind: 'stale' }));
    const again = many(10, (n) => signal('approve', { artifactSha256: String(n).padStart(64, 'a') }));
    await run.tell(...again);
    assert.deepEqual(run.pendingTypes, []);
    assert.equal(run.scheduled.filter(({ type }) => type === 'checkEditedArtifact').length, 100);
    assert.equal(run.status.ignoredTotal, 1_010);
    assert.match(run.status.ignored.at(-1)?.reason ?? '', /looked at 100 times/);
    await run.tell(APPROVE);
    assert.deepEqual(run.pendingTypes, ['executePhase']);
  });

  test('names that the SDK keeps for itself fail no workflow task', async () => {
    const run = await atGateInWorker();
    await run.tell(signal('__temporal_x'), signal('__stack_trace'), APPROVE);
    assert.deepEqual(run.status.ignored.map(({ name }) => name).sort(), ['__stack_trace', '__temporal_x']);
    assert.deepEqual(run.pendingTypes, ['executePhase']);
  });
});

describe('a flood that lies in history before the first workflow task', () => {
  test('the run is planned, and knows of all of them', async () => {
    const run = await new ActivatedRun({ template: 't' }, true).start(...many(3_000, (n) => signal(`nonsense-${n}`)));
    await run.tell(run.completed('planRun', GATED));
    assert.deepEqual([run.status.ignoredTotal, run.pendingTypes], [3_000, ['executePhase']]);
    assert.deepEqual(recorded(run), { each: MAX_RECORDED, counted: 3_000 - MAX_RECORDED });
  });

  test('an abort at the end of a flood takes effect', async () => {
    const run = await new ActivatedRun({ template: 't' }, true).start(
      ...many(3_000, () => signal('approve')),
      signal('abort', { by: 'ann' }),
    );
    assert.equal(run.closed?.as, 'cancelled');
    assert.ok(!run.scheduled.some(({ type }) => type === 'planRun'));
  });
});

test('however much happens in an activation, search attributes change once and details are set once', async () => {
  const run = await atGateInWorker();
  await run.tell(APPROVE);
  await run.tell(run.completed('executePhase', outcome('plan')));
  assert.equal(run.closed?.as, 'completed');
  assert.ok(most(run, 0, 'upsertWorkflowSearchAttributes') <= 1, JSON.stringify(run.commands));
  assert.ok(run.detailsSet <= run.commands.length, `${run.detailsSet} in ${run.commands.length} activations`);
});

test('a flood while the run closes: it closes, and the record knows how many came', async () => {
  const run = await atGateInWorker();
  delete run.auto.closeRun;
  await run.tell(signal('abort', { by: 'ann' }));
  await run.tell(...many(1_000, () => APPROVE));
  await run.tell(run.completed('closeRun', { reportPath: null }));
  assert.equal(run.closed?.as, 'cancelled');
  assert.deepEqual(recorded(run), { each: MAX_RECORDED, counted: 1_000 - MAX_RECORDED });
});

test("a sender that never stops can't keep a run from closing", async () => {
  const run = await atGateInWorker();
  delete run.auto.recordEvents;
  await run.tell(signal('abort', { by: 'ann' }));
  for (let n = 0; n < 30 && !run.closed; n++) {
    await run.tell(...many(200, () => APPROVE));
    if (run.pendingTypes.includes('recordEvents')) await run.tell(run.completed('recordEvents', null));
  }
  assert.equal(run.closed?.as, 'cancelled');
});

test('a signal that the SDK is spared has the effect that it has through the SDK', async () => {
  const jobs = fc.array(
    fc.constantFrom(
      signal('approve'),
      signal('approve', { by: 'ann', gate: 'lead' }),
      signal('reject', { by: 'bob', gate: 'other' }),
      signal('pause'),
      signal('resume'),
      signal('aprove', 1),
      signal('requestChanges', { comment: 'more' }),
      signal('requestChanges', {}),
      signal('abort', { phase: 'other' }),
      signal('retry', { budgetUsd: 'x' }),
      signal('skip', null),
    ),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(jobs, async (some) => {
      const fill = many(SIGNALS_THROUGH_SDK, () => signal('nonsense'));
      const [through, spared] = [await atGate(), await atGateInWorker()];
      for (const run of [through, spared]) await run.tell(...fill, ...some);
      const facts = (run: ActivatedRun) => ({
        state: run.status.state,
        phases: run.status.phases.map(({ state, revisions }) => [state, revisions]),
        ignored: run.status.ignored.map(({ name, reason }) => [name, reason]),
        total: run.status.ignoredTotal,
        pending: run.pendingTypes,
        events: run.eventTypes,
        shown: run.shown,
      });
      assert.deepEqual(facts(spared), facts(through));
    }),
    { numRuns: 40 },
  );
});
