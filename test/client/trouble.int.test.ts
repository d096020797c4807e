import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { clientOf } from './support.js';

let alive: TestStack;
let idle: TestStack;
before(async () => {
  alive = await startTestStack();
  idle = await startTestStack({}, { worker: 'own' });
  await alive.template('gated', [{ key: 'design', gates: ['lead'] }]);
  await idle.template('gated', [{ key: 'design', gates: ['lead'] }]);
});
after(() => Promise.all([alive.stop(), idle.stop()]));

/** How long Node takes to start the client on this machine, with what runs beside it: that is not the client's waiting. */
const startOfProcess = async (client: ReturnType<typeof clientOf>): Promise<number> => (await client('--help')).ms;

test('a decision for a run that has ended is answered plainly, as an update and as a signal', async () => {
  const handle = await alive.start('gated');
  await untilGate(alive, handle);
  await handle.signal('abort');
  await ended(alive, handle);
  const client = clientOf(alive);
  for (const args of [['approve'], ['reject', '--signal'], ['pause'], ['retry', '--comment', 'x']]) {
    const [command = '', ...rest] = args;
    const answer = await client(command, handle.workflowId, ...rest);
    assert.equal(answer.code, 1);
    assert.match(answer.stderr, /decision_refused: .* has ended \(cancelled\): nothing can be decided any more/);
  }
  assert.match(
    (await client('status', handle.workflowId)).stdout,
    /aborted/,
    'a closed run still tells where it stands',
  );
});

test('without a worker every command answers within 10 s, and says whose task queue it is', async () => {
  const handle = await idle.start('gated');
  const client = clientOf(idle);
  const startMs = await startOfProcess(client);
  for (const args of [['status', handle.workflowId], ['approve', handle.workflowId, '--json'], ['reconcile']]) {
    const { code, stderr, ms } = await client(...args);
    assert.equal(code, 4, stderr);
    assert.match(stderr, /worker_unavailable.*no worker polls the task queue test-/);
    assert.ok(ms - startMs < 10_000, `${args[0]}: ${ms} ms, of which the process took ${startMs} ms to start`);
  }
  const sent = await client('approve', handle.workflowId, '--signal');
  assert.equal(sent.code, 0, 'a signal is kept');
  await handle.terminate();
  const left = idle.client.workflow.list({
    query: `TaskQueue = '${idle.config.taskQueue}' AND ExecutionStatus = 'Running'`,
  });
  for await (const { workflowId } of left) assert.fail(`${workflowId} is left behind`);
});

test('no Temporal, no database: said within 10 s, with the address', async () => {
  const noTemporal = clientOf(alive, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  const startMs = await startOfProcess(noTemporal);
  for (const args of [['approve', 'x'], ['list'], ['reconcile']]) {
    const { code, stderr, ms } = await noTemporal(...args);
    assert.equal(code, 4, stderr);
    assert.match(stderr, /temporal_unavailable: no Temporal server answers at 127\.0\.0\.1:1/);
    assert.ok(ms - startMs < 10_000, `${ms} ms, of which the process took ${startMs} ms to start`);
  }
  const noDatabase = clientOf(alive, { DATABASE_URL: 'postgresql://nobody:s3cret@127.0.0.1:1/x' });
  for (const args of [
    ['report', 'x'],
    ['events', 'x'],
  ]) {
    const { code, stderr } = await noDatabase(...args);
    assert.equal(code, 4, stderr);
    assert.match(stderr, /mirror_unavailable/);
    assert.doesNotMatch(stderr, /s3cret/);
  }
});

test('doctor says that all is in order, or what is missing and what to do, and never shows a key', async () => {
  const good = await clientOf(alive)('doctor');
  assert.equal(good.code, 0, good.stdout + good.stderr);
  for (const words of [
    /ok +Temporal answers/,
    /(ok|warn) +namespace default, closed runs are kept for 1 days/,
    /ok +search attributes/,
    /ok +task queue test-.*last polled/,
    /ok +PostgreSQL answers/,
    /backend test: TEST_KEY is set/,
    /ok +workspace .* GB free/,
    /ok +git version/,
    /ok +Node v/,
  ])
    assert.match(good.stdout, words);
  assert.doesNotMatch(good.stdout, /k3y/);

  const run = await idle.start('gated');
  const open = `TaskQueue = '${idle.config.taskQueue}' AND ExecutionStatus = 'Running'`;
  await until(async () => (await idle.client.workflow.count(open)).count === 1);
  const bad = await clientOf(idle, {
    DATABASE_URL: 'postgresql://nobody:s3cret@127.0.0.1:1/x',
    TEST_KEY: '',
    PHASEGATE_WORKSPACE_ROOT: '/no/such/folder',
  })('doctor');
  assert.equal(bad.code, 1);
  assert.ok(!existsSync('/no/such'), 'doctor makes no workspace');
  for (const words of [
    /FAIL +task queue test-.*: 1 open runs, and no worker polls it\n +→ start a worker/,
    /FAIL +PostgreSQL/,
    /warn +backend test: TEST_KEY is not set here/,
    /FAIL +workspace: .*\n +→ set PHASEGATE_WORKSPACE_ROOT/,
  ])
    assert.match(bad.stdout, words);
  assert.doesNotMatch(bad.stdout, /s3cret/);
  await run.terminate();

  const alone = await clientOf(alive, { TEMPORAL_ADDRESS: '127.0.0.1:1' })('doctor', '--json');
  assert.equal(alone.code, 1);
  const findings = JSON.parse(alone.stdout) as { level: string; text: string; todo: string | null }[];
  assert.ok(findings.some(({ level, text }) => level === 'FAIL' && text.startsWith('Temporal: ')));
  assert.ok(
    findings.some(({ level, text }) => level === 'ok' && text.startsWith('PostgreSQL')),
    'one failure does not stop the others',
  );
});
