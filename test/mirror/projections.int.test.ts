import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { RunEvent } from '../../src/domain/record/events.js';
import { event, newRun, plan, template, testMirror } from './support.js';

/** A planned run, and a way to append events and look at it. */
async function planned(t: TestContext) {
  const { mirror } = await testMirror(t);
  const run = newRun();
  await mirror.recordPlan(run, plan(), { requirements: 'r', objective: null, extra: {} }, template);
  const append = (...events: RunEvent[]) => mirror.appendEvents(run, events);
  const look = async () => {
    const facts = await mirror.readReportFacts(run.runId);
    return {
      run: facts.run,
      phases: Object.fromEntries(facts.phases.map((phase) => [phase.key, phase])),
      open: facts.openApprovals.map(({ gate }) => gate),
    };
  };
  const states = async () =>
    Object.fromEntries(
      (
        await mirror.pool.query<{ gate: string; state: string }>(
          'SELECT gate, state FROM approval_requests WHERE run_id = $1',
          [run.runId],
        )
      ).rows.map(({ gate, state }) => [gate, state]),
    );
  return { mirror, run, append, look, states };
}

const design = { phaseKey: 'design' };
const requested = (gate: string) =>
  event('approval_requested', { ...design, payload: { requestId: `q-${gate}`, gate, artifactSha256: 'a' } });
const resolved = (gate: string, action: string, more: Record<string, string | boolean> = {}) =>
  event('approval_resolved', {
    ...design,
    payload: {
      requestId: `q-${gate}`,
      decisionId: `d-${gate}-${String(more.by)}`,
      gate,
      action,
      via: 'signal',
      ...more,
    },
  });

test('S17: the states of a run follow its events', async (t) => {
  const { append, look } = await planned(t);
  for (const [type, state] of [
    ['run_created', 'created'],
    ['run_started', 'executing'],
    ['run_paused', 'paused'],
    ['run_resumed', 'executing'],
    ['run_completed', 'completed'],
  ] as const) {
    await append(event(type));
    assert.equal((await look()).run.state, state);
  }
  assert.ok((await look()).run.endedAt);
});

test('S24: the budget of a run is what its newest event tells, and a reset takes back what came after it', async (t) => {
  const { mirror, run, append, look } = await planned(t);
  const told = (
    type: 'run_started' | 'budget_raised' | 'run_reset',
    budgetMicroUsd: string,
    budgetTokens: number | null,
  ) => event(type, { ...design, payload: { budgetMicroUsd, budgetTokens } });
  const budget = async () => {
    const { budgetMicroUsd, budgetTokens } = (await look()).run;
    return [budgetMicroUsd, budgetTokens];
  };
  await append(told('run_started', '5000', 100), event('phase_started', design));
  assert.deepEqual(await budget(), ['5000', 100]);
  await append(told('budget_raised', '9000', null), event('phase_started', design));
  assert.deepEqual(await budget(), ['9000', null]);
  await append(told('run_reset', '5000', 100));
  assert.deepEqual(await budget(), ['5000', 100]);
  assert.deepEqual(await mirror.differingTables(run.runId), []);
});

test('S17: the states of a phase follow its events, whether in one batch or in many', async (t) => {
  const { append, look } = await planned(t);
  const steps: [RunEvent, string, number][] = [
    [event('phase_started', design), 'running', 0],
    [event('artifact_invalid', { ...design, payload: { attempt: 1 } }), 'validating', 1],
    [event('prompt_repaired', { ...design, payload: { attempt: 2 } }), 'running', 1],
    [event('artifact_validated', { ...design, payload: { attempt: 2 } }), 'validating', 2],
    [requested('lead'), 'awaiting_approval', 2],
    [event('phase_completed', design), 'completed', 2],
  ];
  for (const [step, state, attempts] of steps) {
    await append(step);
    const { phases } = await look();
    assert.deepEqual([phases.design?.state, phases.design?.attempts], [state, attempts], step.type);
  }
  await append(
    event('phase_started', { phaseKey: 'plan' }),
    event('artifact_timeout', { phaseKey: 'plan', payload: { attempt: 1 } }),
    event('phase_failed', { phaseKey: 'plan', payload: { code: 'stalled', message: 'why' } }),
  );
  const { plan: second } = (await look()).phases;
  assert.deepEqual(
    [second?.state, second?.attempts, second?.errorCode, second?.reason],
    ['failed', 1, 'stalled', 'why'],
  );
  assert.ok(second?.startedAt && second.endedAt);
});

test('S13: a run that ends leaves no phase open: what was under way failed with its end, what never began was skipped', async (t) => {
  const { append, look } = await planned(t);
  await append(
    event('run_started'),
    event('phase_started', design),
    event('artifact_invalid', { ...design, payload: { attempt: 1 } }),
  );
  await append(event('run_failed', { payload: { code: 'internal_error', message: 'm' } }));
  const { run, phases } = await look();
  assert.deepEqual([run.state, run.errorCode, run.errorMessage], ['failed', 'internal_error', 'm']);
  assert.deepEqual([phases.design?.state, phases.plan?.state], ['failed', 'skipped']);
  assert.ok(phases.design?.endedAt);
});

test('S16: requests and decisions, each once; two approvals needed keep the request pending after the first', async (t) => {
  const { append, states, mirror, run } = await planned(t);
  await append(event('phase_started', design), requested('lead'), requested('security'), requested('docs'));
  await append(resolved('lead', 'approve', { by: 'ann', complete: false }));
  assert.deepEqual(await states(), { lead: 'pending', security: 'pending', docs: 'pending' });
  await append(
    resolved('lead', 'approve', { by: 'bob', complete: true }),
    resolved('security', 'requestChanges', { by: 'ann' }),
  );
  await append(event('revision_started', design));
  assert.deepEqual(await states(), { lead: 'approved', security: 'changes_requested', docs: 'superseded' });
  const { rows } = await mirror.pool.query(
    'SELECT request_id, claimed_by FROM approval_decisions WHERE run_id = $1 ORDER BY id',
    [run.runId],
  );
  assert.deepEqual(
    rows.map((row: { request_id: string; claimed_by: string }) => `${row.request_id} ${row.claimed_by}`),
    ['q-lead ann', 'q-lead bob', 'q-security ann'],
  );
});

test('an expired gate is shown as expired, and a gate that nobody decided is open in the report', async (t) => {
  const { append, states, look } = await planned(t);
  await append(
    requested('lead'),
    event('gate_expired', { ...design, payload: { requestId: 'q-lead', onTimeout: 'reject' } }),
    requested('late'),
    event('gate_expired', { ...design, payload: { requestId: 'q-late', onTimeout: 'wait' } }),
  );
  assert.deepEqual(await states(), { lead: 'expired', late: 'pending' });
  await append(event('run_aborted', { payload: { reason: 'enough' } }));
  assert.deepEqual(await states(), { lead: 'expired', late: 'superseded' });
  assert.deepEqual((await look()).open, ['late']);
});

test('S20: a closed run that goes on after a reset is open again, and closes again', async (t) => {
  const { append, look } = await planned(t);
  await append(
    event('run_started'),
    event('phase_started', design),
    event('phase_failed', { ...design, payload: { code: 'stalled', message: 'm' } }),
    event('run_failed', { payload: { code: 'stalled', message: 'm' } }),
  );
  assert.equal((await look()).run.state, 'failed');
  await append(event('phase_started', design));
  const open = await look();
  assert.deepEqual([open.run.state, open.run.endedAt, open.run.errorCode], ['executing', null, null]);
  assert.deepEqual(
    [open.phases.design?.state, open.phases.design?.attempts, open.phases.design?.endedAt, open.phases.design?.reason],
    ['running', 0, null, null],
  );
  await append(
    event('phase_completed', design),
    event('phase_started', { phaseKey: 'plan' }),
    event('phase_completed', { phaseKey: 'plan' }),
    event('run_completed'),
  );
  assert.deepEqual([(await look()).run.state, (await look()).phases.plan?.state], ['completed', 'completed']);
});

test('S17: a run that people pause between a reset and the start of its phase stays paused; one that had ended is open', async (t) => {
  const { append, look, mirror, run } = await planned(t);
  await append(event('run_started'), event('run_failed', { payload: { code: 'stalled', message: 'm' } }));
  // a reset into the middle of a phase
  await append(event('run_reset', design));
  assert.deepEqual([(await look()).run.state, (await look()).run.endedAt], ['executing', null]);
  for (const first of ['phase_started', 'revision_started'] as const) {
    await append(event('run_failed'), event(first, design), event('run_paused', { payload: { reason: 'pause' } }));
    await append(event('run_reset', design));
    assert.equal((await look()).run.state, 'paused', first);
  }
  await append(event('revision_started', { ...design, payload: { state: 'paused' } }));
  assert.equal((await look()).run.state, 'paused');
  assert.deepEqual(await mirror.differingTables(run.runId), []);
});

test('events that come before their plan make the rows, and the plan fills them', async (t) => {
  const { mirror } = await testMirror(t);
  const run = newRun();
  await mirror.appendEvents(run, [event('run_created'), event('phase_started', design)]);
  await mirror.recordPlan(run, plan(), { requirements: 'r', objective: 'o', extra: { a: 1 } }, template);
  const facts = await mirror.readReportFacts(run.runId);
  assert.deepEqual(
    facts.phases.map(({ key, state }) => [key, state]),
    [
      ['design', 'running'],
      ['plan', 'pending'],
    ],
  );
  assert.equal(facts.run.templateName, 't');
});

test('work that is sent back: its phases are pending again, what was asked or approved in them is void, the rest stays', async (t) => {
  const { append, look, states, mirror, run } = await planned(t);
  await append(event('phase_started', { ...design, payload: { round: 1 } }), requested('lead'), requested('docs'));
  await append(resolved('lead', 'approve', { by: 'ann', complete: true }));
  await append(
    event('phase_completed', design),
    event('phase_started', { phaseKey: 'plan', payload: { round: 1 } }),
    event('sent_back', { phaseKey: 'plan', payload: { from: 'plan', to: 'design', round: 2, why: 'w' } }),
  );
  assert.deepEqual(await states(), { lead: 'approved', docs: 'voided' });
  const between = (await look()).phases;
  assert.deepEqual(
    [between.design?.state, between.plan?.state, between.design?.startedAt],
    ['pending', 'pending', null],
  );
  await append(
    event('approval_voided', {
      ...design,
      payload: { gate: 'lead', requestId: requested('lead').payload.requestId ?? '', round: 1 },
    }),
    event('phase_started', { ...design, payload: { round: 2 } }),
  );
  assert.deepEqual(await states(), { lead: 'voided', docs: 'voided' });
  const { design: again } = (await look()).phases;
  assert.deepEqual([again?.state, again?.round, again?.attempts], ['running', 2, 0]);
  assert.deepEqual(await mirror.differingTables(run.runId), []);
});
