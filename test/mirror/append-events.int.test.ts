import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunEvent } from '../../src/domain/record/events.js';
import { event, newRun, testMirror } from './support.js';

test('S19: 16 writers at once, each with batches that overlap: seq is 1…n without a gap, every occurrence is one row', async (t) => {
  const { mirror } = await testMirror(t, { max: 8 });
  const run = newRun();
  const events = Array.from({ length: 60 }, (_, index) =>
    event('decision_ignored', { idempotencyKey: `key-${index}`, payload: { index } }),
  );
  const results = await Promise.all(
    Array.from({ length: 16 }, async (_, writer) => {
      let appended = 0;
      for (let start = writer % 5; start < events.length; start += 7)
        appended += (await mirror.appendEvents(run, events.slice(start, start + 12))).appended;
      return appended;
    }),
  );
  const { rows } = await mirror.pool.query<{ seq: number; key: string }>(
    'SELECT seq, idempotency_key AS key FROM run_events WHERE run_id = $1 ORDER BY seq',
    [run.runId],
  );
  assert.deepEqual(
    rows.map(({ seq }) => seq),
    rows.map((_, index) => index + 1),
  );
  assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
  assert.equal(rows.length, 60);
  assert.equal(
    results.reduce((sum, count) => sum + count, 0),
    60,
  );
  assert.equal((await mirror.findRun(run.runId))?.eventCount, 60);
});

test('S19: a repeated write adds nothing; one key twice in a batch is one event', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  const [one, two] = [event('phase_started', { phaseKey: 'design' }), event('phase_completed', { phaseKey: 'design' })];
  assert.equal((await mirror.appendEvents(run, [one, two, one])).appended, 2);
  assert.equal((await mirror.appendEvents(run, [one, two])).appended, 0);
  assert.equal((await mirror.appendEvents(run, [])).appended, 0);
});

test('S19: a key that is used again for something else is an alarm: told, and in the record, once', async (t) => {
  const alarms: RunEvent[] = [];
  const { mirror } = await testMirror(t, { onConflict: (_, conflict) => alarms.push(conflict) });
  const run = newRun();
  const first = event('decision_ignored', { idempotencyKey: 'same', payload: { a: 1, b: [1, 2] } });
  await mirror.appendEvents(run, [first]);
  const sameContent = { ...first, payload: { b: [1, 2], a: 1 } };
  const otherContent = { ...first, payload: { a: 2 } };
  const otherType = { ...first, type: 'run_paused' as const };
  const fine = event('run_resumed');
  const result = await mirror.appendEvents(run, [sameContent, otherContent, fine, otherType]);
  assert.deepEqual(result.conflicts, [otherContent, otherType]);
  assert.deepEqual(alarms, [otherContent, otherType]);
  assert.equal(result.appended, 3, 'the fine one and two alarms');
  assert.equal((await mirror.appendEvents(run, [otherContent])).appended, 0, 'the same conflict again');
  const stored = await mirror.listEvents(run.runId, 0, 10);
  assert.deepEqual(
    stored.map(({ type }) => type),
    ['decision_ignored', 'run_resumed', 'event_conflict', 'event_conflict'],
  );
  assert.deepEqual(stored[2]?.payload, {
    type: 'decision_ignored',
    idempotencyKey: 'same',
    content: '["decision_ignored",null,{"a":2}]',
  });
});

test('events of one run never touch another', async (t) => {
  const { mirror } = await testMirror(t);
  const runs = Array.from({ length: 5 }, newRun);
  await Promise.all(
    runs.flatMap((run) =>
      Array.from({ length: 6 }, () =>
        mirror.appendEvents(run, [event('decision_ignored', { idempotencyKey: 'shared' }), event('decision_ignored')]),
      ),
    ),
  );
  for (const run of runs) assert.equal((await mirror.findRun(run.runId))?.eventCount, 7);
});

test('texts that PostgreSQL cannot hold come back as they were', async (t) => {
  const { mirror } = await testMirror(t);
  const run = { ...newRun(), workflowId: 'w\u0000\uD800' };
  const payload = { 'k\u0000': ['\u0000', '\uDC00x', '⟦u0000⟧', '🙂'] };
  await mirror.appendEvents(run, [event('decision_ignored', { payload, idempotencyKey: 'k\u0000' })]);
  const facts = await mirror.readReportFacts(run.runId);
  assert.deepEqual(facts.events[0]?.payload, payload);
  assert.equal(facts.run.workflowId, run.workflowId);
  assert.equal((await mirror.findRun(run.workflowId))?.runId, run.runId);
  assert.equal(
    (await mirror.appendEvents(run, [event('decision_ignored', { payload, idempotencyKey: 'k\u0000' })])).appended,
    0,
  );
});
