import { ActivatedRun, coded, signal } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { gate, outcome, plan } from './support/plans.js';
import { atWork, GATED } from './support/runs.js';

const planned = (run: ActivatedRun) => run.scheduled.filter(({ type }) => type === 'planRun');

test('a run is planned within its first workflow task', async () => {
  const run = await atWork();
  assert.deepEqual(
    planned(run).map(({ taskQueue }) => taskQueue),
    [null],
  );
});

test('a plan that takes too long, or that failed for now, is made by a regular activity with places of its own', async () => {
  for (const failure of [
    new TimeoutFailure('too long', undefined, TimeoutType.START_TO_CLOSE),
    ApplicationFailure.create({ type: 'mirror_unavailable', message: 'away', nonRetryable: false }),
  ]) {
    const run = await new ActivatedRun({ template: 't' }).start();
    await run.tell(run.failed('planRun', failure));
    assert.deepEqual(
      planned(run).map(({ taskQueue }) => taskQueue),
      [null, 'q-short'],
    );
    await run.tell(run.completed('planRun', GATED));
    assert.deepEqual(run.pendingTypes, ['executePhase']);
  }
});

test('a plan that failed for good fails the run, and is not made again', async () => {
  const run = await new ActivatedRun({ template: 't' }).start();
  await run.tell(run.failed('planRun', coded('template_not_found')));
  assert.deepEqual([planned(run).length, run.closed?.code], [1, 'template_not_found']);
});

test('phases are on the queue of the run, all that is short beside them', async () => {
  const run = await atWork(plan([{ key: 'design', gates: [gate('lead')] }]));
  await run.tell(run.completed('executePhase', outcome('design')));
  await run.tell(signal('abort'));
  assert.deepEqual(
    new Set(run.scheduled.map(({ type, taskQueue }) => `${type} ${taskQueue}`)),
    new Set([
      'planRun null',
      'executePhase q',
      'recordEvents q-short',
      'closeRun q-short',
      'requestCancellation q-short',
    ]),
  );
});

test('the events of a phase are written when it has ended; a flush meanwhile takes them along, in order', async () => {
  const run = await atWork();
  delete run.auto.recordEvents;
  await run.tell(signal('pause'), signal('resume'));
  const [written] = run.scheduled.filter(({ type }) => type === 'recordEvents');
  const types = (written?.args[1] as { type: string }[]).map(({ type }) => type);
  assert.deepEqual(types, ['run_created', 'run_started', 'phase_started', 'run_paused', 'run_resumed']);
  await run.tell(run.completed('recordEvents', null));
  await run.tell(run.completed('executePhase', outcome('design')));
  const last = run.scheduled.at(-1);
  assert.equal(last?.type, 'recordEvents');
  assert.deepEqual(
    (last?.args[1] as { type: string }[]).map(({ type }) => type),
    ['approval_requested'],
    'nothing is sent again that is known to be written',
  );
});

test('while the run closes no other write begins: it would overtake the last events', async () => {
  const run = await atWork(plan([{ key: 'design' }]));
  delete run.auto.closeRun;
  await run.tell(run.completed('executePhase', outcome('design')));
  await run.tell(signal('nonsense'));
  assert.deepEqual(run.pendingTypes, ['closeRun']);
  await run.tell(run.completed('closeRun', { reportPath: 'report.md' }));
  assert.deepEqual(run.eventTypes.slice(-2), ['run_completed', 'decision_ignored']);
  assert.equal(run.closed?.as, 'completed');
});
