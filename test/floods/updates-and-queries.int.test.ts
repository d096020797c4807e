import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test, type TestContext } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** As many at once as Temporal takes of one run. */
const AT_ONCE = 10;
/** Another run takes half a second where nothing else is at work; here two cores have the flood beside it. */
const SOON_MS = 60_000;
const HUGE = 1_900_000;

interface Sent {
  metadata: Record<string, Uint8Array>;
  data: Uint8Array;
}

let stack: TestStack;
let worker: WorkerProcess;
before(async () => {
  stack = await startTestStack({ shutdownGraceMs: 300 }, { worker: 'own' });
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('gated', [{ key: 'note', gates: ['lead'] }]);
  worker = startWorkerProcess(stack);
  await worker.ready;
});
after(async () => {
  killWorkers();
  await stack.stop();
});

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const payload = (data: string | Uint8Array, encoding = 'json/plain'): Sent => ({
  metadata: { encoding: encode(encoding) },
  data: typeof data === 'string' ? encode(data) : data,
});
const REFUSED = payload('{"action":"approve","phase":"other","by":"eve"}');
const ODD = [
  payload(new Uint8Array(HUGE), 'binary/plain'),
  payload(`{"by":${'['.repeat(HUGE / 2)}${']'.repeat(HUGE / 2)}}`),
  payload(JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key-${n}`, n])))),
  payload('{oops'.repeat(HUGE / 5)),
  payload('x', 'e'.repeat(1_000_000)),
];

/** What the update was refused with; an accepted one fails the test. */
async function refusalOf({ workflowId }: WorkflowHandle, sent: Sent): Promise<string> {
  const { outcome } = await stack.client.workflowService.updateWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    waitPolicy: { lifecycleStage: 3 },
    request: { meta: { updateId: randomUUID() }, input: { name: 'decide', args: { payloads: [sent] } } },
  });
  return outcome?.failure?.message ?? assert.fail('it was not refused');
}

async function signalOf({ workflowId }: WorkflowHandle, signalName: string, sent: Sent): Promise<void> {
  await stack.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    signalName,
    input: { payloads: [sent] },
    requestId: randomUUID(),
  });
}

async function many<T>(count: number, send: (n: number) => Promise<T>): Promise<Set<T>> {
  const answers = new Set<T>();
  for (let sent = 0; sent < count; sent += AT_ONCE)
    for (const answer of await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => send(sent + n))))
      answers.add(answer);
  return answers;
}

/** Floods the run, while others go on beside it; then it is approved, and completes. */
async function withstands(t: TestContext, handle: WorkflowHandle, flood: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  let isOver = false;
  const beside = async (): Promise<void> => {
    do {
      const began = performance.now();
      await (await stack.start('one')).result();
      times.push(Math.round(performance.now() - began));
    } while (!isOver);
  };
  const flooding = flood().finally(() => (isOver = true));
  const died = worker.ended.then((end): never =>
    assert.fail(`the worker ended (${end}): ${worker.output().slice(-2_000)}`),
  );
  await Promise.race([Promise.all([flooding, beside()]), died]);
  t.diagnostic(`runs beside it took at most ${Math.max(...times)} ms`);
  assert.ok(Math.max(...times) < SOON_MS, times.join(', '));
  await untilGate(stack, handle);
  await handle.executeUpdate('decide', { args: [{ action: 'approve', by: 'ann' }] });
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
}

const eventsOf = async (handle: WorkflowHandle): Promise<number> => (await handle.describe()).historyLength;

test(
  '2,000 refused updates and 1,000 queries, ten at once: history has no more events than before',
  { timeout: 180_000 },
  async (t) => {
    const handle = await stack.start('gated');
    await untilGate(stack, handle);
    // its last events are on their way to the mirror
    await until(async () => (await handle.describe()).raw.pendingActivities?.length === 0);
    const before = await eventsOf(handle);
    await withstands(t, handle, async () => {
      assert.deepEqual(
        await many(2_000, () => refusalOf(handle, REFUSED)),
        new Set(['phase other is not waiting; open: note/lead']),
      );
      await many(1_000, () => stack.status(handle).then(({ state }) => assert.equal(state, 'executing')));
      assert.ok((await eventsOf(handle)) <= before + 3, `${before} events, then ${await eventsOf(handle)}`);
    });
  },
);

test('refused updates and queries to a run in planning and at work', { timeout: 120_000 }, async (t) => {
  const handle = await stack.start('gated', [{ delayMs: 4_000 }]);
  await withstands(t, handle, async () => {
    await Promise.all([many(500, () => refusalOf(handle, REFUSED)), many(200, () => stack.status(handle))]);
    await untilStatus(stack, handle, ({ phases }) => phases[0]?.state !== 'pending');
  });
});

test('updates, queries and signals of 2 MB, whatever is in them', { timeout: 180_000 }, async (t) => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await withstands(t, handle, async () => {
    for (const sent of ODD) {
      assert.match(
        await refusalOf(handle, sent),
        /^the payload can't be read: it has \d+ bytes, at most 131072 are read$/,
      );
      await stack.client.workflowService.queryWorkflow({
        namespace: 'default',
        execution: { workflowId: handle.workflowId },
        query: { queryType: 'status', queryArgs: { payloads: [sent] } },
      });
      for (const name of ['pause', 'retry', 'abort']) await signalOf(handle, name, sent);
    }
    const known = async () => (await stack.status(handle).catch(() => null))?.ignoredTotal === 3 * ODD.length;
    await until(known, 60_000);
  });
});

test('updates of more than 4 MB at once: Temporal does not terminate the run', { timeout: 120_000 }, async (t) => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await withstands(t, handle, () => many(AT_ONCE, () => refusalOf(handle, ODD[0] ?? REFUSED)));
});

test(
  '300 decisions on an edited file, ten at once: 100 looks, the others are refused',
  { timeout: 120_000 },
  async (t) => {
    const handle = await stack.start('gated');
    await untilGate(stack, handle);
    const edited = (n: number): Sent =>
      payload(JSON.stringify({ action: 'approve', artifactSha256: String(n).padStart(64, '0') }));
    await withstands(t, handle, async () => {
      const answers = [...(await many(300, (n) => refusalOf(handle, edited(n))))];
      assert.deepEqual(answers.map((answer) => /is now|looked at 100 times/.exec(answer)?.[0]).sort(), [
        'is now',
        'looked at 100 times',
      ]);
    });
  },
);
