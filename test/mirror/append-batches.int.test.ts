import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVENT_TYPES, type RunEvent } from '../../src/domain/record/events.js';
import type { RunRef } from '../../src/domain/run-state.js';
import type { Mirror } from '../../src/mirror/types.js';
import { countStatements, event, newRun, plan, template, testMirror } from './support.js';

const input = { requirements: 'r', objective: null, extra: {} };

const ids = fc.constantFrom('one', 'two');
const texts = fc.constantFrom('stalled', 'a\u0000b', '\uD800');
const payloads = fc.record(
  {
    attempt: fc.integer({ min: 1, max: 3 }),
    attempts: fc.integer({ min: 1, max: 3 }),
    again: fc.boolean(),
    code: texts,
    message: texts,
    reason: texts,
    requestId: ids,
    decisionId: ids,
    gate: texts,
    action: fc.constantFrom('approve', 'reject', 'abort', 'requestChanges', 'other'),
    complete: fc.boolean(),
    onTimeout: fc.constantFrom('reject', 'wait'),
    by: texts,
    comment: texts,
    artifactSha256: ids,
  },
  { requiredKeys: [] },
);

/** Events of every type, also such as no run would have; their times go back and forth. */
const drafts = fc.record({
  type: fc.constantFrom(...EVENT_TYPES),
  phaseKey: fc.constantFrom(null, 'design', 'plan', 'unplanned'),
  payload: payloads,
  ts: fc.integer({ min: 0, max: 3 }).map((minute) => `2026-11-25T10:0${minute}:00.000Z`),
});
const batches = fc.array(fc.array(drafts, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 });

/** All that events make of a run, apart from the run's own name and from when it was written. */
async function tablesOf({ pool }: Mirror, { runId }: RunRef): Promise<unknown> {
  const { rows } = await pool.query(
    `SELECT to_jsonb(r) - '{id, workflow_id, execution_run_id, created_at, updated_at}'::text[] AS run,
      (SELECT jsonb_agg(to_jsonb(e) - 'run_id' ORDER BY e.seq) FROM run_events e WHERE e.run_id = r.id) AS events,
      (SELECT jsonb_agg(to_jsonb(p) - 'run_id' ORDER BY p.phase_key) FROM run_phases p WHERE p.run_id = r.id) AS phases,
      (SELECT jsonb_agg(to_jsonb(q) - 'run_id' ORDER BY q.id) FROM approval_requests q WHERE q.run_id = r.id) AS requests,
      (SELECT jsonb_agg(to_jsonb(d) - 'run_id' ORDER BY d.id) FROM approval_decisions d WHERE d.run_id = r.id) AS decisions
    FROM runs r WHERE r.id = $1`,
    [runId],
  );
  return rows[0];
}

async function plannedRun(mirror: Mirror): Promise<RunRef> {
  const run = newRun();
  await mirror.recordPlan(run, plan(), input, template);
  return run;
}

test('S19: whatever comes, in whatever batches and how often: the tables hold the same as with one event a write', async (t) => {
  const { mirror } = await testMirror(t);
  await fc.assert(
    fc.asyncProperty(batches, fc.boolean(), async (given, repeats) => {
      const [many, single] = [await plannedRun(mirror), await plannedRun(mirror)];
      const sent = given.map((batch, n) =>
        batch.map((draft, index) => ({ ...draft, idempotencyKey: `${n}:${index}\u0000` })),
      );
      for (const [n, batch] of sent.entries()) {
        // whoever does not know what is there writes all of it again
        const write = repeats ? sent.slice(0, n + 1).flat() : batch;
        const statements = await countStatements(async () =>
          assert.deepEqual(await mirror.appendEvents(many, write), { appended: batch.length, conflicts: [] }),
        );
        assert.equal(statements, 1);
        for (const one of batch) await mirror.appendEvents(single, [one]);
      }
      assert.deepEqual(await tablesOf(mirror, many), await tablesOf(mirror, single));
      assert.deepEqual(await mirror.differingTables(many.runId), [], 'and the same when all are written anew');
    }),
    { numRuns: 60 },
  );
});

test('keys that are used twice leave the same, in one batch and in many', async (t) => {
  const { mirror } = await testMirror(t);
  const keyed = fc.record({ draft: drafts, key: fc.constantFrom('a', 'b', 'c') });
  await fc.assert(
    fc.asyncProperty(fc.array(keyed, { minLength: 2, maxLength: 8 }), async (given) => {
      const [many, single] = [await plannedRun(mirror), await plannedRun(mirror)];
      const events = given.map(({ draft, key }): RunEvent => ({ ...draft, idempotencyKey: key }));
      const { conflicts } = await mirror.appendEvents(many, events);
      const found = [];
      for (const one of events) found.push(...(await mirror.appendEvents(single, [one])).conflicts);
      assert.deepEqual(conflicts, found);
      const told = async ({ runId }: RunRef) =>
        (await mirror.listEvents(runId, 0, 100)).filter(({ type }) => type !== 'event_conflict');
      const alarms = async ({ runId }: RunRef) =>
        (await mirror.listEvents(runId, 0, 100)).filter(({ type }) => type === 'event_conflict').length;
      const plain = (facts: Awaited<ReturnType<typeof told>>) => facts.map(({ seq: _, ...fact }) => fact);
      assert.deepEqual(plain(await told(many)), plain(await told(single)));
      assert.equal(await alarms(many), await alarms(single));
    }),
    { numRuns: 40 },
  );
});

test('the first event of a run makes its row, in the same statement', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  assert.equal(await countStatements(() => mirror.appendEvents(run, [event('run_created')])), 1);
  assert.equal(await countStatements(() => mirror.appendEvents(run, [event('run_started')])), 1);
  assert.deepEqual(
    (await mirror.listEvents(run.runId, 0, 10)).map(({ type }) => type),
    ['run_created', 'run_started'],
  );
});

test('an event whose number is behind the counter is reported, and nothing is written', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  await mirror.appendEvents(run, [event('run_created'), event('run_started')]);
  await mirror.pool.query('UPDATE runs SET event_seq = 0 WHERE id = $1', [run.runId]);
  const before = await tablesOf(mirror, run);
  await assert.rejects(mirror.appendEvents(run, [event('run_completed')]), /numbered behind 0/);
  assert.deepEqual(await tablesOf(mirror, run), before);
});

test('a table that is partitioned, so that keys are unique with their time only, holds each of them once all the same', async (t) => {
  const { mirror } = await testMirror(t, { max: 8 });
  await mirror.pool.query(
    'DROP INDEX run_events_run_id_idempotency_key_key; CREATE UNIQUE INDEX with_time ON run_events (run_id, idempotency_key, ts)',
  );
  const run = newRun();
  await mirror.appendEvents(run, [event('run_created')]);
  const batch = () => ['a', 'b'].map((idempotencyKey) => event('decision_ignored', { idempotencyKey }));
  await Promise.all(Array.from({ length: 24 }, () => mirror.appendEvents(run, batch())));
  const twice = event('decision_ignored', { idempotencyKey: 'c' });
  await mirror.appendEvents(run, [twice, { ...twice, ts: event('run_paused').ts }]);
  assert.deepEqual(
    (await mirror.listEvents(run.runId, 0, 10)).map(({ seq }) => seq),
    [1, 2, 3, 4],
  );
});
