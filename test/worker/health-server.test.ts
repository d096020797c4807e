import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startHealthServer } from '../../src/worker/health/health-server.js';

const PLACE = { host: '127.0.0.1', port: 0 };

async function probe(t: TestContext, states: string[], askTemporal: () => Promise<unknown> = () => Promise.resolve()) {
  const server = await startHealthServer(PLACE, { states: () => states, askTemporal });
  t.after(() => server.close());
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).status;
  return { live: await ask('/livez'), ready: await ask('/readyz?verbose=1'), other: await ask('/') };
}

test('a worker that takes work is alive and ready', async (t) => {
  assert.deepEqual(await probe(t, ['RUNNING', 'RUNNING']), { live: 200, ready: 200, other: 404 });
});

test('a worker that ends its work is alive and not ready', async (t) => {
  assert.deepEqual(await probe(t, ['STOPPED', 'DRAINING']), { live: 200, ready: 503, other: 404 });
});

test('a worker that waits for its servers is alive and not ready', async (t) => {
  assert.deepEqual(await probe(t, []), { live: 200, ready: 503, other: 404 });
});

test('a worker that has failed is dead', async (t) => {
  assert.deepEqual(await probe(t, ['RUNNING', 'FAILED']), { live: 503, ready: 503, other: 404 });
});

test('without Temporal a worker is alive and not ready, and probes do not wait for it', async (t) => {
  const began = performance.now();
  const away = await probe(t, ['RUNNING'], () => new Promise(() => {}));
  assert.deepEqual(away, { live: 200, ready: 503, other: 404 });
  assert.ok(performance.now() - began < 15_000);
  assert.equal((await probe(t, ['RUNNING'], () => Promise.reject(new Error('refused')))).ready, 503);
});

test('many probes ask Temporal once', async (t) => {
  let asked = 0;
  const askTemporal = () => Promise.resolve((asked += 1));
  const server = await startHealthServer(PLACE, { states: () => ['RUNNING'], askTemporal });
  t.after(() => server.close());
  await Promise.all(Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${server.port}/readyz`)));
  assert.equal(asked, 1);
});

test('a port that is taken is a plain sentence', async (t) => {
  const checked = { states: () => [], askTemporal: () => Promise.resolve() };
  const { port, close } = await startHealthServer(PLACE, checked);
  t.after(close);
  await assert.rejects(startHealthServer({ ...PLACE, port }, checked), {
    code: 'config_invalid',
    message: `PHASEGATE_HEALTH_ADDRESS: 127.0.0.1:${port}: the port is taken`,
  });
});
