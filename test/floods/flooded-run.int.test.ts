import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { PAYLOAD_CONVERTER_PATH, workflowBundle } from '../../src/worker/workflow-bundle.js';
import { ended, untilGate, untilStatus, type Ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

const SIGNALS = 20_000;
/**
 * What other runs of the worker may wait: the 4 s of processor time that one such task takes, tried again where a busy
 * machine needs over 10 s.
 */
const SOON_MS = 120_000;
const LONGEST_MS = 15 * 60_000;

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ shutdownGraceMs: 300 }, { worker: 'own' });
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('gated', [{ key: 'note', gates: ['lead'] }]);
});
after(async () => {
  killWorkers();
  await stack.stop();
});

/** Where a run stands while no worker is there, and signals come. */
const PLACES: Record<string, () => Promise<WorkflowHandle>> = {
  'at a gate': async () => {
    const handle = await stack.start('gated');
    await untilGate(stack, handle);
    return handle;
  },
  'at work': async () => {
    const handle = await stack.start('gated', [{ delayMs: 20_000 }, { delayMs: 20_000 }]);
    await untilStatus(stack, handle, ({ phases }) => phases[0]?.state === 'running');
    return handle;
  },
  'not planned yet': async () => stack.start('gated'),
};

for (const [place, start] of Object.entries(PLACES)) {
  test(
    `20,000 signals in one burst, to a run ${place}: the worker lives, others go on`,
    { timeout: LONGEST_MS },
    async (t) => {
      const first = startWorkerProcess(stack);
      await first.ready;
      const begun = place === 'not planned yet' ? null : await start();
      first.process.kill('SIGTERM');
      await first.ended;
      const handle = begun ?? (await start());
      await flood(handle, 100);

      const worker = startWorkerProcess(stack);
      await worker.ready;
      await othersGoOn(t, worker, 3);
      await untilIgnored(worker, handle);
      // longer than the agent takes, who begins anew with the worker
      await alive(
        worker,
        until(async () => (await stack.status(handle)).openGates.length > 0, 5 * 60_000),
      );
      await replays(handle);
      await handle.executeUpdate('decide', { args: [{ action: 'approve', by: 'ann' }] });
      assertCounted(await alive(worker, ended(stack, handle)));
      await replays(handle);
      await sayTasks(t, handle);
      worker.process.kill('SIGTERM');
      assert.equal(await worker.ended, 0);
    },
  );
}

test(
  '20,000 signals in a trickle: the worker lives, others go on, the history stays small',
  { timeout: LONGEST_MS },
  async (t) => {
    const worker = startWorkerProcess(stack);
    await worker.ready;
    const handle = await stack.start('gated');
    await untilGate(stack, handle);
    await Promise.all([alive(worker, flood(handle, 40)), othersGoOn(t, worker, 5)]);
    await untilIgnored(worker, handle);
    const { historyLength, raw } = await handle.describe();
    const own = historyLength - SIGNALS;
    t.diagnostic(`${historyLength} events, ${String(raw.workflowExecutionInfo?.historySizeBytes)} bytes`);
    // three for each workflow task, which portions of 40 bring about
    assert.ok(own < 3 * (SIGNALS / 20), `${own} events beside the signals`);
    await replays(handle);
    await handle.signal('approve', { by: 'ann' });
    assertCounted(await alive(worker, ended(stack, handle)));
    worker.process.kill('SIGTERM');
    assert.equal(await worker.ended, 0);
  },
);

/** Signals without effect, of all kinds. */
async function flood(handle: WorkflowHandle, atOnce: number): Promise<void> {
  const kinds: [string, unknown][] = [
    ['aprove', 'x'.repeat(200)],
    ['approve', { phase: 'other', by: 'eve' }],
    ['reject', ['no object']],
    ['skip', { by: 'eve' }],
  ];
  for (let sent = 0; sent < SIGNALS; sent += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, (_, n) => {
        const [name, payload] = kinds[n % kinds.length] ?? [''];
        return handle.signal(name, payload);
      }),
    );
  }
}

/** Fails as soon as the worker's process ends. */
function alive<T>(worker: WorkerProcess, work: Promise<T>): Promise<T> {
  return Promise.race([
    work,
    worker.ended.then((end): never => assert.fail(`the worker ended (${end}): ${worker.output().slice(-2_000)}`)),
  ]);
}

/** Runs beside the flooded one, one after the other: each completes soon. */
async function othersGoOn(t: TestContext, worker: WorkerProcess, count: number): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const began = performance.now();
    const handle = await stack.start('one');
    await alive(worker, handle.result());
    times.push(Math.round(performance.now() - began));
  }
  t.diagnostic(`runs beside it took ${times.join(', ')} ms`);
  assert.ok(Math.max(...times) < SOON_MS, times.join(', '));
}

async function untilIgnored(worker: WorkerProcess, handle: WorkflowHandle): Promise<void> {
  // Temporal fails a task while which more than 100 signals come, and answers no query until the next has succeeded
  const all = async (): Promise<boolean> => (await stack.status(handle).catch(() => null))?.ignoredTotal === SIGNALS;
  await alive(worker, until(all, 5 * 60_000));
}

/** The record says how many there were, in few events. */
function assertCounted({ temporal, report, events }: Ended): void {
  assert.equal(temporal, 'COMPLETED');
  assert.equal(report.ignoredMessages, SIGNALS);
  assert.ok(events.length < 150, `${events.length} events`);
}

/** Another version of the worker can go on with the run. */
async function replays({ workflowId }: WorkflowHandle): Promise<void> {
  const args = [
    'workflow',
    'show',
    '--address',
    process.env.PHASEGATE_TEST_TEMPORAL ?? '',
    '--workflow-id',
    workflowId,
    '--output',
    'json',
  ];
  const { stdout } = await promisify(execFile)(process.env.TEMPORAL_CLI ?? 'temporal', args, { maxBuffer: 1024 ** 3 });
  const dataConverter = { payloadConverterPath: PAYLOAD_CONVERTER_PATH };
  await Worker.runReplayHistory(
    { workflowBundle: await workflowBundle(), dataConverter },
    JSON.parse(stdout),
    workflowId,
  );
}

/** How long the longest workflow task took, for the figures in the docs. */
async function sayTasks(t: TestContext, handle: WorkflowHandle): Promise<void> {
  const { events } = await handle.fetchHistory();
  const at = new Map(
    (events ?? []).map(({ eventId, eventTime }) => [
      String(eventId),
      Number(eventTime?.seconds) * 1_000 + (eventTime?.nanos ?? 0) / 1e6,
    ]),
  );
  const tasks = (events ?? []).flatMap(({ eventId, workflowTaskCompletedEventAttributes: done }) =>
    done ? [(at.get(String(eventId)) ?? 0) - (at.get(String(done.startedEventId)) ?? 0)] : [],
  );
  t.diagnostic(`the longest workflow task took ${Math.round(Math.max(...tasks))} ms`);
}
