import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
const BACK = { to: 'build', when: { level: 'high' }, max: 1 } as const;
const left = (title: string, level: 'low' | 'high' = 'low') => ({
  tools: [{ name: 'write_artifact', args: { title, level } }],
});

before(async () => {
  stack = await startTestStack();
  await stack.template('loop', [
    { key: 'build', gates: ['build-ok'] },
    { key: 'review', sendBack: { ...BACK, onMax: 'fail' } },
  ]);
  await stack.template('people', [
    { key: 'build' },
    { key: 'review', gates: ['merge'], sendBack: BACK },
    { key: 'last' },
  ]);
  await stack.template('verdict', [{ key: 'build', failWhen: { '/level': 'high' } }]);
});
after(() => stack.stop());

const artifactsOf = async (runId: string) =>
  (
    await stack.mirror.pool.query<{ text: string }>(
      `SELECT phase_key || ' ' || round || ' ' || (content->>'title') AS text FROM artifacts WHERE run_id = $1 ORDER BY id`,
      [runId],
    )
  ).rows.map(({ text }) => text);

/** The first message of each conversation of a run, by its thread. */
async function promptsOf(runId: string): Promise<Record<string, string>> {
  const { rows } = await stack.mirror.pool.query<{ thread: string; text: string }>(
    `SELECT thread_id AS thread, message->>'content' AS text FROM conversation_messages WHERE run_id = $1 AND ordinal = 1`,
    [runId],
  );
  return Object.fromEntries(rows.map(({ thread, text }) => [thread.replace(`run:${runId}:phase:`, ''), text]));
}

const atGateOf = (handle: WorkflowHandle, phase: string, round: number) =>
  untilStatus(
    stack,
    handle,
    ({ openGates, phases }) =>
      openGates.some((gate) => gate.phase === phase) && phases.find(({ key }) => key === phase)?.round === round,
  );

test('a red review sends the work back: each round has its artifacts, conversation and approval, and the record says so', async () => {
  const handle = await stack.start('loop', [
    left('first try'),
    left('not so', 'high'),
    left('second try'),
    left('good'),
  ]);
  await untilGate(stack, handle, 'build');
  await handle.signal('approve', { by: 'ann', comment: 'mention it in the changelog' });
  const { openGates } = await atGateOf(handle, 'build', 2);
  await handle.signal('approve', { by: 'bob', artifactSha256: openGates[0]?.artifact?.sha256 });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const { runId } = end.report;
  assert.deepEqual(await artifactsOf(runId), [
    'build 1 first try',
    'review 1 not so',
    'build 2 second try',
    'review 2 good',
  ]);
  const prompts = await promptsOf(runId);
  assert.deepEqual(Object.keys(prompts).sort(), ['build', 'build:r2', 'review', 'review:r2']);
  assert.match(
    prompts['build:r2'] ?? '',
    /round 2 of this phase.*from phase review to this phase, because level is "high"/,
  );
  assert.match(prompts['build:r2'] ?? '', /artifacts\/review\.round-1\.json/);
  assert.match(prompts['review:r2'] ?? '', /`git_diff` with that revision/);
  for (const thread of ['review', 'build:r2', 'review:r2'])
    assert.match(
      prompts[thread] ?? '',
      /gives the name "ann", who approved at gate build-ok of phase build:\nmention it in the changelog/,
    );
  assert.ok(!prompts.build?.includes('changelog'));
  // the agents of the second round could read what the first one left
  const folder = path.join(stack.config.workspaceRoot, runId, 'artifacts');
  assert.match(await readFile(path.join(folder, 'review.round-1.json'), 'utf8'), /not so/);
  assert.match(await readFile(path.join(folder, 'review.json'), 'utf8'), /good/);
  assert.deepEqual(
    end.report.rounds.map(({ type, phaseKey, to, round, by }) => [type, phaseKey, to, round, by]),
    [
      ['sent_back', 'review', 'build', 2, null],
      ['approval_voided', 'build', null, 1, 'ann'],
    ],
  );
  assert.deepEqual(
    end.report.phases.map(({ key, round, state }) => [key, round, state]),
    [
      ['build', 2, 'completed'],
      ['review', 2, 'completed'],
    ],
  );
  const { rows } = await stack.mirror.pool.query(
    'SELECT round, state FROM approval_requests WHERE run_id = $1 ORDER BY requested_at',
    [runId],
  );
  assert.deepEqual(rows, [
    { round: 1, state: 'voided' },
    { round: 2, state: 'approved' },
  ]);
});

test('a reset into round 2: the phase of that round is done again, with what sent the work back, and round 1 stays', async () => {
  const handle = await stack.start('loop', [
    left('first try'),
    left('not so', 'high'),
    left('second try'),
    left('third try'),
    left('good'),
  ]);
  await atGateOf(handle, 'build', 1);
  await handle.signal('approve', { by: 'ann' });
  await atGateOf(handle, 'build', 2);
  const { events = [] } = await handle.fetchHistory();
  const begins = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.activityType?.name === 'executePhase' ? [scheduled.workflowTaskCompletedEventId] : [],
  );
  assert.equal(begins.length, 3);
  await stack.client.workflowService.resetWorkflowExecution({
    namespace: stack.client.options.namespace,
    workflowExecution: { workflowId: handle.workflowId },
    reason: 'build round 2 again',
    requestId: randomUUID(),
    workflowTaskFinishEventId: begins[2]!,
  });
  const again = stack.client.workflow.getHandle(handle.workflowId);
  const third = async () => (await stack.status(again)).openGates.some(({ artifact }) => artifact !== null);
  await until(third);
  const { openGates, run } = await atGateOf(again, 'build', 2);
  await again.signal('approve', { by: 'bob', artifactSha256: openGates[0]?.artifact?.sha256 });
  const end = await ended(stack, again);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.equal(end.report.runId, run.runId);
  assert.deepEqual(
    end.report.phases.map(({ key, round, state }) => [key, round, state]),
    [
      ['build', 2, 'completed'],
      ['review', 2, 'completed'],
    ],
  );
  const kept = await artifactsOf(run.runId);
  assert.deepEqual(
    ['build 1 first try', 'review 1 not so', 'build 2 third try', 'review 2 good'].filter((one) => !kept.includes(one)),
    [],
    kept.join(', '),
  );
});

test('once too often: the run fails with a code, and the record is whole', async () => {
  const handle = await stack.start('loop', [left('a'), left('b', 'high'), left('c'), left('d', 'high')]);
  for (const round of [1, 2]) {
    await atGateOf(handle, 'build', round);
    await handle.signal('approve', { by: 'ann' });
  }
  const end = await ended(stack, handle);
  assert.deepEqual([end.temporal, end.code], ['FAILED', 'sent_back_too_often']);
  assert.match(
    end.message,
    /artifacts\/review\.json of phase review says that level is "high", after the work was sent back 1 time/,
  );
});

test('a person sends the work back, edits a verdict, and approves a red one when the rounds are used up', async () => {
  const handle = await stack.start('people', [
    left('a'),
    left('b'),
    left('c'),
    left('d', 'high'),
    left('e'),
    left('f', 'high'),
  ]);
  await atGateOf(handle, 'review', 1);
  await handle.executeUpdate('decide', {
    args: [{ action: 'requestChanges', to: 'build', by: 'ann', comment: 'the empty file' }],
  });
  // the review of round 2 is red and sends it back itself, the one of round 3 is red and waits for people
  const { openGates, run } = await atGateOf(handle, 'review', 3);
  assert.match(openGates[0]?.note ?? '', /level is "high", after the work was sent back 1 time/);
  await assert.rejects(
    handle.executeUpdate('decide', { args: [{ action: 'requestChanges', to: 'last', comment: 'x' }] }),
    (error: Error) => /work goes back only/.test(String((error.cause as Error | undefined)?.message)),
  );
  await handle.signal('approve', { by: 'ann', comment: 'good enough' });
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.deepEqual(await artifactsOf(run.runId), [
    'build 1 a',
    'review 1 b',
    'build 2 c',
    'review 2 d',
    'build 3 e',
    'review 3 f',
    'last 1 example title',
  ]);
  const prompts = await promptsOf(run.runId);
  assert.match(
    prompts['build:r2'] ?? '',
    /gives the name "ann" sent it back, and says what is to change:\nCHANGES BEGIN \S+\nthe empty file\n/,
  );
  assert.match(prompts.last ?? '', /the empty file[\s\S]*good enough/);
});

test('`failWhen` looks at the validated artifact and fails the run', async () => {
  const end = await ended(stack, await stack.start('verdict', [left('hopeless', 'high')]));
  assert.deepEqual([end.temporal, end.code], ['FAILED', 'verdict_failed']);
});

test('an agent can write neither the copy of an earlier round nor a file with such a name', async () => {
  const write = (file: string) => ({ name: 'write_file', args: { path: file, content: '{"title":"forged"}' } });
  const handle = await stack.start('people', [
    { tools: [write('artifacts/review.round-1.json'), write('artifacts/x.Round-7.JSON')] },
    left('a'),
    left('b', 'high'),
    { tools: [write('artifacts/review.round-1.json'), write('artifacts/build.round-1.json')] },
    left('c'),
    left('d'),
  ]);
  const { run } = await atGateOf(handle, 'review', 2);
  await handle.signal('approve');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
  const { rows } = await stack.mirror.pool.query<{ outcome: string }>(
    `SELECT outcome FROM tool_calls WHERE run_id = $1 AND tool = 'write_file'`,
    [run.runId],
  );
  assert.equal(rows.length, 4);
  assert.ok(
    rows.every(({ outcome }) => outcome !== 'ok'),
    JSON.stringify(rows),
  );
});
