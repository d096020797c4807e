import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { invalidArtifacts } from '../support/invalid-artifacts.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'], maxRevisions: 2 }, { key: 'plan' }]);
  await stack.template('ruled', [
    { key: 'design', gates: [{ name: 'lead', approvers: ['ann', 'bob', 'sam'], required: 2, separateStarter: true }] },
  ]);
  for (const onTimeout of ['wait', 'reject', 'abort', 'escalate'] as const) {
    const escalateTo = onTimeout === 'escalate' ? { escalateTo: ['eve'] } : {};
    await stack.template(`times-${onTimeout}`, [
      {
        key: 'design',
        gates: [{ name: 'lead', approvers: ['ann'], timeout: '1s', onTimeout, remindAt: ['50%'], ...escalateTo }],
      },
    ]);
  }
  await stack.template('patient', [{ key: 'design', maySkip: true }, { key: 'plan' }], { onHumanRequired: 'wait' });
});
after(() => stack.stop());

const decide = (handle: WorkflowHandle, payload: object) => handle.executeUpdate('decide', { args: [payload] });
const typesOf = (events: { type: string }[]) => events.map(({ type }) => type);

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.fail('it was accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof WorkflowUpdateFailedError, String(error));
  return error.cause?.message ?? '';
}

test('S15: the update decide applies a decision, and refuses what does not count without writing history', async () => {
  const handle = await stack.start('gated');
  const { openGates } = await untilGate(stack, handle);
  for (const [payload, words] of [
    ['approve', /JSON object/],
    [{ action: 'aprove' }, /action must be one of/],
    [{ action: 'approve', phase: 'plan' }, /phase plan is not waiting/],
    [{ action: 'approve', gate: 'other' }, /gate other is not open/],
    [{ action: 'approve', artifactSha256: 'no digest' }, /the decision was taken on another/],
    [{ action: 'requestChanges' }, /say in .* what is to change/],
    [{ action: 'approve', comment: 'x'.repeat(20_000) }, /comment is longer/],
  ] as const) {
    assert.match(await refusal(handle.executeUpdate('decide', { args: [payload] })), words);
  }
  const { events = [] } = await handle.fetchHistory();
  assert.ok(
    !events?.some(({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) => accepted),
    'nothing was written to history',
  );
  await decide(handle, { action: 'approve', by: 'ann', artifactSha256: openGates[0]?.artifact?.sha256 });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  const resolved = end.events.find(({ type }) => type === 'approval_resolved');
  assert.deepEqual([resolved?.payload.via, resolved?.payload.by], ['update', 'ann']);
});

test('S15: however a name is written it is one person, and what was typed is what is stored', async () => {
  const handle = await stack.start('ruled', [], { startedBy: 'Sam' });
  await untilGate(stack, handle);
  await decide(handle, { action: 'approve', by: ' Ann\u200b' });
  assert.match(await refusal(decide(handle, { action: 'approve', by: '\uff21NN' })), /has approved gate lead already/);
  assert.match(await refusal(decide(handle, { action: 'approve', by: 'sam\u200f' })), /started the run/);
  assert.match(await refusal(decide(handle, { action: 'approve', by: '\u200b' })), /must know who decides/);
  await decide(handle, { action: 'approve', by: 'BOB\u00a0' });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'approval_resolved').map(({ payload }) => payload.by),
    [' Ann\u200b', 'BOB\u00a0'],
  );
  const nobody = await ended(stack, await stack.start('ruled', [], { startedBy: '\u200b' }));
  assert.deepEqual([nobody.code, /say who starts the run/.test(nobody.message)], ['input_invalid', true]);
});

test('the first decision in the order of arrival wins, the other is recorded', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await Promise.all([
    handle.signal('approve', { by: 'ann', phase: 'design', gate: 'lead' }),
    handle.signal('reject', { by: 'bob', phase: 'design', gate: 'lead' }),
  ]);
  const end = await ended(stack, handle);
  const [first] = end.events.filter(({ type }) => type === 'approval_resolved');
  assert.equal(end.temporal, first?.payload.action === 'approve' ? 'COMPLETED' : 'FAILED');
  assert.equal(end.events.filter(({ type }) => type === 'approval_resolved').length, 1);
  if (end.temporal === 'COMPLETED')
    assert.equal(end.events.find(({ type }) => type === 'decision_ignored')?.payload.reason, 'already_decided');
});

test('requestChanges: the phase runs again in the same conversation, each revision has its artifact and its gate', async () => {
  const persona = await stack.persona([]);
  const handle = await stack.startRaw([
    { template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
  ]);
  const first = await untilGate(stack, handle);
  stack.model.script(persona.model, [
    { tools: [{ name: 'write_file', args: { path: 'artifacts/design.json', content: '{"title":"second"}' } }] },
  ]);
  await decide(handle, { action: 'requestChanges', by: 'ann', comment: 'Call it second.' });
  const second = await untilStatus(
    stack,
    handle,
    ({ openGates, phases }) => phases[0]?.revisions === 1 && openGates.length === 1,
  );
  assert.notEqual(second.openGates[0]?.artifact?.sha256, first.openGates[0]?.artifact?.sha256);
  const asked = JSON.stringify(
    stack.model.requests.filter(({ model }) => model === persona.model).at(-1)?.body.messages,
  );
  assert.match(asked, /asks for changes.*Call it second/s);
  assert.match(asked, /REQUIREMENTS BEGIN/, 'the conversation of the first execution goes on');
  assert.match(
    await refusal(decide(handle, { action: 'approve', artifactSha256: first.openGates[0]?.artifact?.sha256 })),
    /taken on another/,
  );
  await decide(handle, { action: 'requestChanges', comment: 'Once more.' });
  await untilStatus(stack, handle, ({ openGates, phases }) => phases[0]?.revisions === 2 && openGates.length === 1);
  assert.match(await refusal(decide(handle, { action: 'requestChanges', comment: 'And again.' })), /all its revisions/);
  await decide(handle, { action: 'approve' });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.equal(end.report.phases[0]?.attempts, 3);
  assert.deepEqual(
    end.report.artifacts.filter(({ phaseKey }) => phaseKey === 'design').map(({ attempt, valid }) => [attempt, valid]),
    [
      [1, true],
      [2, true],
      [3, true],
    ],
  );
  const { calls } = end.report.totals;
  assert.equal((await stack.status(handle)).usage.calls, calls, 'no call is counted twice');
});

test('a gate that needs two different approvers, and not the starter', async () => {
  const { name } = await stack.persona([]);
  const input = { template: 'ruled', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
  assert.equal(
    (await ended(stack, await stack.startRaw([input]))).code,
    'input_invalid',
    'somebody must say who starts it',
  );
  const handle = await stack.startRaw([{ ...input, startedBy: 'sam' }]);
  await untilGate(stack, handle);
  for (const [payload, words] of [
    [{ action: 'approve' }, /must know who decides/],
    [{ action: 'approve', by: 'eve' }, /not among the approvers/],
    [{ action: 'approve', by: 'sam' }, /sam started the run/],
    [{ action: 'approve', by: name }, /only people decide/],
  ] as const)
    assert.match(await refusal(decide(handle, payload)), words);
  await decide(handle, { action: 'approve', by: 'ann' });
  assert.match(await refusal(decide(handle, { action: 'approve', by: 'ann' })), /approved gate lead already/);
  assert.equal((await stack.status(handle)).openGates.length, 1);
  await decide(handle, { action: 'approve', by: 'bob' });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  const { rows } = await stack.mirror.pool.query<{ state: string; n: number }>(
    'SELECT r.state, count(d.*)::int AS n FROM approval_requests r JOIN approval_decisions d ON d.run_id = r.run_id AND d.request_id = r.id WHERE r.run_id = $1 GROUP BY r.state',
    [end.report.runId],
  );
  assert.deepEqual(rows, [{ state: 'approved', n: 2 }]);
});

test('a time limit: reminders, then an expiry in the way the template says, which is not a rejection', async () => {
  const rejected = await ended(stack, await stack.start('times-reject'));
  assert.equal(rejected.code, 'approval_expired');
  assert.deepEqual(
    typesOf(rejected.events).filter((type) => type.startsWith('gate_')),
    ['gate_reminded', 'gate_expired'],
  );
  const aborted = await ended(stack, await stack.start('times-abort'));
  assert.equal(aborted.temporal, 'CANCELLED');
  const waiting = await stack.start('times-wait');
  const escalated = await stack.start('times-escalate');
  for (const handle of [waiting, escalated])
    await untilStatus(stack, handle, ({ openGates }) => openGates[0]?.expiresAt === null);
  await decide(waiting, { action: 'approve', by: 'ann' });
  assert.match(await refusal(decide(waiting, { action: 'approve', by: 'eve' })), /ended|no gate|completed/);
  await decide(escalated, { action: 'approve', by: 'eve' });
  for (const handle of [waiting, escalated]) assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

test('a person edits the artifact before approving it: the very bytes count, valid ones only, and the record says so', async () => {
  const handle = await stack.start('gated');
  const { run, openGates } = await untilGate(stack, handle);
  const file = path.join(stack.config.workspaceRoot, run.runId, 'artifacts/design.json');
  const before_ = openGates[0]?.artifact?.sha256;
  const edit = async (text: string) => {
    await writeFile(file, text);
    return createHash('sha256').update(text).digest('hex');
  };
  assert.match(
    await refusal(decide(handle, { action: 'approve', artifactSha256: 'f'.repeat(64) })),
    /taken on another/,
  );
  const invalid = await edit('{"title": 7}');
  assert.match(
    await refusal(decide(handle, { action: 'approve', artifactSha256: invalid })),
    /\/title: must be string; found 7/,
  );
  const valid = await edit('{"title": "by ann"}');
  await decide(handle, { action: 'approve', by: 'ann', artifactSha256: valid });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  const edited = end.events.find(({ type }) => type === 'artifact_edited');
  assert.deepEqual(edited?.payload, { by: 'ann', sha256: valid, round: 1, previous: before_ });
  assert.equal(await readFile(file, 'utf8'), '{"title": "by ann"}');
});

test('an artifact that changes on disk after its approval is noticed, and is an error', async () => {
  const handle = await stack.start('gated');
  const { run } = await untilGate(stack, handle);
  await writeFile(
    path.join(stack.config.workspaceRoot, run.runId, 'artifacts/design.json'),
    '{"title": "smuggled in"}',
  );
  await decide(handle, { action: 'approve' });
  assert.equal((await ended(stack, handle)).code, 'artifact_changed');
});

test('an approved artifact that changes after the last look at it: the run does not complete', async () => {
  const handle = await stack.start('gated', [
    { tools: [{ name: 'write_artifact', args: { title: 'design' } }] },
    { delayMs: 2_000 },
  ]);
  const { run, phases } = await untilGate(stack, handle);
  const asked = () => stack.model.requests.filter(({ model }) => model === `model-${phases[0]?.persona}`).length;
  const before = asked();
  await decide(handle, { action: 'approve' });
  // a phase looks at what was approved before its agent begins
  await until(() => asked() > before);
  await writeFile(
    path.join(stack.config.workspaceRoot, run.runId, 'artifacts/design.json'),
    '{"title": "smuggled in"}',
  );
  const end = await ended(stack, handle);
  assert.equal(end.code, 'artifact_changed');
  assert.match(
    end.message,
    /artifacts\/design\.json is no longer the file with sha256 [0-9a-f]{64} that phase design left/,
  );
  assert.equal(
    end.events.some(({ type }) => type === 'run_completed'),
    false,
  );
});

test('pause holds before the next phase, resume goes on; both are recorded once', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await handle.signal('pause', { by: 'ann' });
  await handle.signal('pause');
  await decide(handle, { action: 'approve' });
  const held = await untilStatus(
    stack,
    handle,
    ({ state, phases }) => state === 'paused' && phases[0]?.state === 'completed',
  );
  assert.equal(held.phases[1]?.state, 'pending');
  assert.equal(held.waitsFor?.kind, 'paused');
  await handle.signal('resume');
  const end = await ended(stack, handle);
  const control = end.events.filter(({ type }) => ['run_paused', 'run_resumed', 'decision_ignored'].includes(type));
  assert.deepEqual(typesOf(control), ['run_paused', 'decision_ignored', 'run_resumed']);
});

test('park instead of fail: retry with a comment goes on in the same conversation; skip and abort where they may', async () => {
  const parked = async () => {
    const persona = await stack.persona([invalidArtifacts(2)]);
    const handle = await stack.startRaw([
      { template: 'patient', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
    ]);
    const status = await untilStatus(stack, handle, ({ waitsFor }) => waitsFor?.kind === 'parked');
    return { handle, status, persona };
  };
  const first = await parked();
  assert.deepEqual([first.status.state, first.status.waitsFor?.code], ['paused', 'artifact_invalid_after_repair']);
  // the mirror may lag
  await until(async () => (await stack.mirror.findRun(first.status.run.runId))?.state === 'paused');
  await first.handle.signal('resume');
  await first.handle.signal('retry', { by: 'ann', comment: 'Mind the title.' });
  const end = await ended(stack, first.handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.equal(end.report.phases[0]?.attempts, 3);
  assert.match(
    JSON.stringify(
      stack.model.requests.filter(({ model }) => model === first.persona.model).map(({ body }) => body.messages),
    ),
    /had failed and goes on now\. What was wrong: phase design, attempt 2 of 2: .*Mind the title/,
  );
  assert.deepEqual(
    end.report.unresolved.map(({ kind }) => kind),
    ['unpriced_calls'],
  );

  const second = await parked();
  await second.handle.signal('skip');
  const skipped = await ended(stack, second.handle);
  assert.deepEqual(
    skipped.report.phases.map(({ state }) => state),
    ['skipped', 'completed'],
  );

  const third = await parked();
  await third.handle.signal('abort');
  assert.equal((await ended(stack, third.handle)).temporal, 'CANCELLED');
});

test('a run parked for its budget goes on with a new one', async () => {
  const { name } = await stack.persona([], { model: 'priced' });
  const handle = await stack.startRaw([
    {
      template: 'patient',
      repoPath: stack.repoPath,
      requirements: 'r',
      overrides: { worker: name },
      budgetUsd: 0.000001,
    },
  ]);
  await untilStatus(stack, handle, ({ waitsFor }) => waitsFor?.code === 'budget_exceeded');
  await handle.signal('retry', { budgetUsd: 5 });
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

test('people are told by a command and by a URL', async () => {
  const told = path.join(stack.config.workspaceRoot, 'told.jsonl');
  const url = new URL('/scripts/nobody', stack.model.url).href;
  await stack.template('telling', [{ key: 'design', gates: ['lead'] }], {
    notify: [
      { command: ['sh', '-c', `cat >> ${told}; echo >> ${told}`] },
      { url, headersFromEnv: { authorization: 'TEST_KEY' } },
    ],
  });
  const handle = await stack.start('telling');
  await untilGate(stack, handle);
  const notice = await eventually(
    async () => JSON.parse(await readFile(told, 'utf8')) as { kind: string; phase: string },
  );
  assert.deepEqual([notice.kind, notice.phase], ['gate_opened', 'design']);
  await decide(handle, { action: 'approve' });
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED', 'a hook that fails does not fail the run');
});

async function eventually<T>(look: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 60_000; ;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
