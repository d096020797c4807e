import { ActivatedRun, coded, signal } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirroredState } from './support/mirrored-state.js';
import { gate, outcome, plan } from './support/plans.js';
import { atGate, atWork, GATED } from './support/runs.js';

const PAUSE = signal('pause', { by: 'ann' });
const RESUME = signal('resume', { by: 'ann' });

/** State, search attribute and mirror say the same. */
function says(run: ActivatedRun, state: string): void {
  assert.deepEqual([run.status.state, run.shown.RunState, mirroredState(run.events)], [state, state, state]);
}

/** How often a phase began to work. */
const executions = (run: ActivatedRun): number => run.scheduled.filter(({ type }) => type === 'executePhase').length;

test('paused before the first task, and while it is planned: it holds, and says so until it is resumed', async () => {
  for (const early of [true, false]) {
    const run = await new ActivatedRun({ template: 't' }).start(...(early ? [PAUSE] : []));
    if (!early) await run.tell(PAUSE);
    says(run, 'paused');
    await run.tell(run.completed('planRun', GATED));
    says(run, 'paused');
    assert.equal(run.status.waitsFor?.kind, 'paused');
    assert.equal(executions(run), 0);
    assert.equal(run.eventTypes.at(-1), 'run_started', 'the mirror is told what it holds behind');
    await run.tell(RESUME);
    says(run, 'executing');
    assert.equal(executions(run), 1);
  }
});

test('paused and resumed while it is planned: it goes on', async () => {
  const run = await new ActivatedRun({ template: 't' }).start(PAUSE);
  await run.tell(RESUME);
  says(run, 'created');
  await run.tell(run.completed('planRun', GATED));
  says(run, 'executing');
  assert.equal(executions(run), 1);
});

test('a retry of a phase while the run is paused: it holds until it is resumed, in both orders', async () => {
  for (const names of [
    ['pause', 'retry', 'resume'],
    ['pause', 'resume', 'retry'],
    ['retry', 'pause', 'resume'],
  ]) {
    const run = await atWork(plan([{ key: 'design' }], { onHumanRequired: 'wait' }));
    await run.tell(run.failed('executePhase', coded('model_auth_failed')));
    says(run, 'paused');
    let works = false;
    for (const name of names) {
      await run.tell(signal(name));
      works ||= names[0] === 'retry' || name === names[2];
      says(run, works && !(names[0] === 'retry' && name === 'pause') ? 'executing' : 'paused');
      assert.equal(executions(run), works ? 2 : 1, `${names.join()} at ${name}`);
    }
    await run.tell(run.completed('executePhase', outcome('design')));
    assert.equal(run.closed?.as, 'completed');
  }
});

test('after a skip while the run is paused the next phase does not begin', async () => {
  const run = await atWork(plan([{ key: 'design', maySkip: true }, { key: 'plan' }], { onHumanRequired: 'wait' }));
  await run.tell(run.failed('executePhase', coded('model_auth_failed')));
  await run.tell(PAUSE, signal('skip'));
  says(run, 'paused');
  assert.deepEqual(
    run.status.phases.map(({ state }) => state),
    ['skipped', 'pending'],
  );
  assert.equal(run.eventTypes.at(-1), 'phase_skipped');
  await run.tell(RESUME);
  says(run, 'executing');
});

test('an approval of a budget, and changes, while the run is paused', async () => {
  const budget = await atWork(plan([{ key: 'design' }], { onBudget: 'wait' }));
  await budget.tell(budget.failed('executePhase', coded('budget_exceeded')));
  const changes = await atGate();
  for (const [run, decision] of [
    [budget, 'approve'],
    [changes, 'requestChanges'],
  ] as const) {
    await run.tell(PAUSE);
    says(run, 'paused');
    await run.tell(signal(decision, { comment: 'shorter' }));
    says(run, 'paused');
    assert.equal(executions(run), 1);
    await run.tell(RESUME);
    says(run, 'executing');
    assert.equal(executions(run), 2);
  }
});

test('an approved gate while the run is paused, and a phase that ends: the next one waits', async () => {
  const run = await atGate();
  await run.tell(PAUSE, signal('approve'));
  says(run, 'paused');
  await run.tell(RESUME, PAUSE);
  says(run, 'paused');
  assert.equal(executions(run), 1, 'a pause in the task of the resume counts');
  await run.tell(RESUME);
  await run.tell(run.completed('executePhase', outcome('plan')));
  assert.equal(run.closed?.as, 'completed', 'nothing is left to hold');
});

test('a run that is paused and stopped ends', async () => {
  const run = await new ActivatedRun({ template: 't' }).start(PAUSE);
  await run.tell(run.completed('planRun', plan([{ key: 'design', gates: [gate('lead')] }])));
  await run.tell(signal('abort'));
  assert.equal(run.closed?.as, 'cancelled');
  says(run, 'aborted');
  assert.deepEqual(
    run.status.phases.map(({ state }) => state),
    ['pending'],
  );
  assert.ok(!run.eventTypes.includes('phase_failed'), 'a phase that never began has not failed');
});
