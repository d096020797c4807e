import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended } from '../support/ended.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
let stopOther: () => Promise<void>;
before(async () => {
  stack = await startTestStack();
  stopOther = await startTestWorker(stack);
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('impatient', [{ key: 'note', patience: '2s' }]);
});
after(async () => {
  await stopOther();
  await stack.stop();
});

/** A backend of the scripted model server with a cap. */
async function addBackend(name: string, cap: object): Promise<void> {
  const { backends } = JSON.parse(await readFile(stack.config.backends, 'utf8')) as { backends: { test: object } };
  const more = { ...backends, [name]: { ...backends.test, ...cap } };
  await writeFile(stack.config.backends, JSON.stringify({ backends: more }));
}

/** Calls of a backend that were under way at the same time, by the ledger. */
async function mostAtOnce(backend: string): Promise<number> {
  const { rows } = await stack.mirror.pool.query<{ from: number; to: number }>(
    `SELECT extract(epoch FROM ts)::float8 * 1000 AS from, extract(epoch FROM ts)::float8 * 1000 + latency_ms AS to
     FROM llm_calls WHERE backend = $1`,
    [backend],
  );
  return Math.max(...rows.map(({ from }) => rows.filter((other) => other.from <= from && from < other.to).length));
}

test('runs on two workers keep the cap of a backend; waiting uses up neither time nor attempts', async () => {
  await addBackend('narrow', { maxConcurrent: 2 });
  await stack.template('quick', [{ key: 'note', timeout: '4s' }]);
  const handles = await Promise.all(
    Array.from({ length: 8 }, () => stack.start('quick', [{ delayMs: 1_200 }], {}, { backend: 'narrow' })),
  );
  for (const handle of handles) {
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    assert.equal(end.report.phases[0]?.attempts, 1);
  }
  assert.ok((await mostAtOnce('narrow')) <= 2);
  const { rows } = await stack.mirror.pool.query(
    "SELECT 1 FROM model_slots WHERE backend = 'narrow' AND ended_at IS NULL",
  );
  assert.equal(rows.length, 0, 'every place was given back');
});

test('a cancellation ends the waiting for a place', async () => {
  await addBackend('full', { maxConcurrent: 1 });
  await stack.mirror.slots.take('full', '00000000-0000-4000-8000-000000000001', { maxConcurrent: 1 }, 120_000);
  const before = stack.model.requests.length;
  const handle = await stack.start('one', [], {}, { backend: 'full' });
  await until(async () => (await stack.status(handle)).phases[0]?.state === 'running');
  await sleep(1_500);
  await handle.signal('abort');
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'CANCELLED');
  assert.equal(stack.model.requests.length, before, 'no call was made');
  assert.equal(end.report.totals.calls, 0);
});

test('a provider that limits the rate of one run is not asked by another before the time it named', async () => {
  const limited = await stack.persona([{ status: 429, retryAfter: '4', times: 1 }]);
  const first = await stack.startRaw([
    { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: limited.name } },
  ]);
  await until(() => stack.model.requests.some(({ model }) => model === limited.model));
  await until(async () => (await stack.mirror.pool.query('SELECT 1 FROM backend_pauses')).rows.length > 0);
  const began = Date.now();
  const other = await stack.persona([]);
  const second = await stack.startRaw([
    { template: 'impatient', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: other.name } },
  ]);
  await until(() => stack.model.requests.some(({ model }) => model === other.model));
  assert.ok(Date.now() - began >= 2_500, `it was asked after ${Date.now() - began} ms`);
  for (const handle of [first, second]) assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});
