import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { invalidArtifacts } from '../support/invalid-artifacts.js';
import { verified } from '../support/verified.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('three-tries', [{ key: 'note', attempts: 5 }]);
  await stack.template('short', [{ key: 'note', timeout: '700ms' }]);
});
after(() => stack.stop());

test('S12, S14: invalid, then valid: two attempts, and the second is told what was wrong', async () => {
  const handle = await stack.start('one', [invalidArtifacts(1)]);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual(
    end.events.map(({ type }) => type),
    [
      'run_created',
      'run_started',
      'phase_started',
      'price_unknown',
      'artifact_invalid',
      'prompt_repaired',
      'artifact_validated',
      'phase_completed',
      'run_completed',
    ],
  );
  assert.equal(end.report.phases[0]?.attempts, 2);
  assert.deepEqual(
    end.report.artifacts.map(({ attempt, valid }) => [attempt, valid]),
    [
      [1, false],
      [2, true],
    ],
  );
  const [error] = (end.events[4]?.payload as { errors: string[] }).errors;
  assert.ok(error);
  assert.ok(
    lastRequest(stack).includes(JSON.stringify(error).slice(1, -1)),
    'the second prompt has the error of the first',
  );
});

test('S12, S13: invalid twice: failed with its code, the phase failed with its end', async () => {
  const handle = await stack.start('one', [invalidArtifacts(2)]);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'FAILED');
  assert.equal(end.code, 'artifact_invalid_after_repair');
  const [phase] = end.report.phases;
  assert.equal(phase?.state, 'failed');
  assert.ok(phase?.endedAt);
  assert.deepEqual(end.report.unresolved.map(({ kind }) => kind).slice(0, 2), ['invalid_artifact', 'invalid_artifact']);
});

test('S13: an unparsable artifact on the last attempt fails the phase as well', async () => {
  const handle = await stack.start('one', [invalidArtifacts(2, 'invalid_json_artifact')]);
  const end = await ended(stack, handle);
  assert.equal(end.code, 'artifact_invalid_after_repair');
  assert.equal(end.report.phases[0]?.state, 'failed');
  assert.match(end.message, /line \d+, column \d+/);
});

test('S10, S12: an agent that never writes: time × attempts, then artifact_timeout_exhausted', async () => {
  const started = Date.now();
  const handle = await stack.start('short', [{ fault: 'stall_body', times: 'always' }]);
  const end = await ended(stack, handle);
  assert.equal(end.code, 'artifact_timeout_exhausted');
  assert.ok(Date.now() - started >= 1_400, 'both attempts had their time');
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'artifact_timeout').map(({ payload }) => payload.attempt),
    [1, 2],
  );
});

test('S12: an agent that only talks is told to write in its conversation: no attempt is used', async () => {
  const handle = await stack.start('one', [{ fault: 'text_only' }]);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual(
    end.events.filter(({ phaseKey }) => phaseKey).map(({ type }) => type),
    ['phase_started', 'artifact_validated', 'phase_completed'],
  );
  assert.equal(end.report.phases[0]?.attempts, 1);
});

test('an agent that only talks, always: artifact_missing after five replies, whatever attempts there are', async () => {
  const handle = await stack.start('three-tries', [{ fault: 'text_only', times: 'always' }]);
  const end = await ended(stack, handle);
  assert.equal(end.code, 'artifact_missing');
  assert.match(
    end.message,
    /5 replies in a row were of no use; in the last one the agent only talked \(it said: "I have/,
  );
  assert.deepEqual([end.report.phases[0]?.attempts, end.report.totals.calls], [1, 5]);
  await verified(stack, end.report.runId);
});

test('errors of the schema are mended in the conversation: no attempt is used', async () => {
  const handle = await stack.start('one', [{ fault: 'invalid_artifact', times: 2 }]);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual([end.report.phases[0]?.attempts, end.report.artifacts.length], [1, 1]);
  assert.match(lastRequest(stack), /not taken as the artifact/);
});

test('the same failure three times in a row is a stall, even if attempts are left', async () => {
  const handle = await stack.start('three-tries', [{ fault: 'invalid_artifact', times: 'always' }]);
  const end = await ended(stack, handle);
  assert.equal(end.code, 'stalled');
  assert.equal(end.report.phases[0]?.attempts, 3);
});

test('a fenced artifact is put right, and that is noted', async () => {
  const content = '```json\n{"title": "with `ticks`"}\n```';
  const handle = await stack.start('one', [
    { tools: [{ name: 'write_file', args: { path: 'artifacts/note.json', content } }] },
  ]);
  const end = await ended(stack, handle);
  const normalised = end.events.find(({ type }) => type === 'artifact_normalised');
  assert.deepEqual(normalised?.payload.what, ['markdown_fence']);
});

function lastRequest({ model }: TestStack): string {
  return JSON.stringify(model.requests.at(-1)?.body);
}
