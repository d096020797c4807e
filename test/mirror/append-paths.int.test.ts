import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVENT_TYPES, type RunEvent } from '../../src/domain/record/events.js';
import type { RunRef } from '../../src/domain/run-state.js';
import type { Mirror } from '../../src/mirror/types.js';
import { countStatements, event, newRun, plan, template, testMirror } from './support.js';

const design = { phaseKey: 'design' };
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

async function plannedRun(mirror: Mirror, known: RunEvent): Promise<RunRef> {
  const run = newRun();
  await mirror.recordPlan(run, plan(), input, template);
  await mirror.appendEvents(run, [known]);
  return run;
}

test('whatever a batch holds, it leaves the same in one statement and in the transaction that sorts out what is new', async (t) => {
  const { mirror } = await testMirror(t);
  const known = event('decision_ignored', { idempotencyKey: 'known' });
  await fc.assert(
    fc.asyncProperty(batches, async (given) => {
      const [quick, slow] = [await plannedRun(mirror, known), await plannedRun(mirror, known)];
      for (const [n, batch] of given.entries()) {
        const events = batch.map((draft, index) => ({ ...draft, idempotencyKey: `${n}:${index}\u0000` }));
        const statements = await countStatements(async () =>
          assert.equal((await mirror.appendEvents(quick, events)).appended, events.length),
        );
        assert.equal(statements, batch[0]?.type === 'run_created' ? 2 : 1);
        // what is known already can't be added by the one statement
        assert.equal((await mirror.appendEvents(slow, [known, ...events])).appended, events.length);
      }
      assert.deepEqual(await tablesOf(mirror, quick), await tablesOf(mirror, slow));
    }),
    { numRuns: 60 },
  );
});

test('the batches of a run are one statement each, from its start to its end', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  await mirror.recordPlan(run, plan(), input, template);
  const gate = { requestId: 'q', gate: 'lead' };
  const ofRun = [
    [event('run_created'), event('run_started')],
    [
      event('phase_started', design),
      event('price_unknown'),
      event('artifact_invalid', { ...design, payload: { attempt: 1 } }),
    ],
    [
      event('prompt_repaired', design),
      event('artifact_validated', { ...design, payload: { attempt: 2 } }),
      event('changes_committed', design),
    ],
    [event('approval_requested', { ...design, payload: gate })],
    [
      event('approval_resolved', {
        ...design,
        payload: { ...gate, decisionId: 'd', action: 'approve', via: 'signal' },
      }),
      event('phase_completed', design),
    ],
    [event('run_completed')],
  ];
  for (const [n, batch] of ofRun.entries())
    assert.equal(await countStatements(() => mirror.appendEvents(run, batch)), n === 0 ? 2 : 1, batch[0]?.type);
  assert.deepEqual(await mirror.differingTables(run.runId), []);
});

test('the first event of a run makes its row, and is one statement more', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  assert.equal(await countStatements(() => mirror.appendEvents(run, [event('run_created')])), 2);
  assert.equal(await countStatements(() => mirror.appendEvents(run, [event('run_started')])), 1);
  assert.deepEqual(
    (await mirror.listEvents(run.runId, 0, 10)).map(({ type }) => type),
    ['run_created', 'run_started'],
  );
});

test('a number behind the counter is told, and nothing is written', async (t) => {
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
