import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Reaper } from '../../src/local/processes/reaper.js';
import { startTemporalServer, type TemporalServer } from '../../src/local/temporal/temporal-server.js';
import { untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';
import { allComplete, BUSY_PHASES, startBusyRuns, startRuns, untilRequests } from './support/runs-in-flight.js';

const cli = process.env.TEMPORAL_CLI ?? 'temporal';
const dir = mkdtempSync(join(tmpdir(), 'phasegate-temporal-'));
let reaper: Reaper;
let server: TemporalServer;
const start = (port: number) => startTemporalServer({ cli, dir, reaper, log: join(dir, 'log'), port, uiPort: 0 });

before(async () => {
  reaper = new Reaper();
  reaper.removeFolder(dir);
  server = await start(0);
});
after(() => reaper.finish());

const portOf = (): number => Number(server.address.split(':')[1]);

describe('S20: the Temporal server is killed and started again on its file', () => {
  let stack: TestStack;
  before(async () => {
    stack = await startTestStack({}, { address: server.address });
    await stack.template('two', BUSY_PHASES);
    await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  });
  after(() => stack.stop());

  test('while agents work and while a run waits at a gate, twice', { timeout: 240_000 }, async () => {
    for (let n = 1; n <= 2; n++) {
      const waiting = await startRuns(stack, 'gated', 1);
      await untilGate(stack, waiting.handles[0]!);
      const runs = await startBusyRuns(stack, 'two', 4);
      await untilRequests(runs, 2 + n);
      const port = portOf();
      process.kill(server.service.pid, 'SIGKILL');
      await server.service.ended;
      await sleep(3_000);
      server = await start(port);
      assert.equal(portOf(), port);
      const began = Date.now();
      await waiting.handles[0]!.signal('approve');
      await waiting.handles[0]!.result();
      await allComplete(stack, 'the Temporal server killed while a run waits at a gate', waiting, {
        recoverMs: Date.now() - began,
      });
      runs.finish();
      // what had begun before is finished by the worker; only what the server did not hear of is done again
      await allComplete(stack, 'the Temporal server killed in the middle of phases', runs, {
        recoverMs: null,
        mayRepeat: 4,
      });
    }
  });
});

describe('S30: a worker that can not begin says why, and waits or ends', () => {
  let stack: TestStack;
  before(async () => {
    stack = await startTestStack({}, { worker: 'own', proxied: true });
    await stack.template('one', [{ key: 'note' }]);
  });
  after(async () => {
    killWorkers();
    await stack.stop();
  });

  test('Temporal is not there: it waits with the address in its log, and begins when it is', async () => {
    const gate = await startTcpProxy(`tcp://${server.address}`);
    gate.cut();
    const address = new URL(gate.url).host;
    const worker = startWorkerProcess(stack, { TEMPORAL_ADDRESS: address });
    await until(() => /waiting for Temporal/.test(worker.output()), 30_000, worker.output);
    assert.ok(worker.output().includes(address));
    await sleep(2_000);
    assert.ok((worker.output().match(/waiting for Temporal/g) ?? []).length < 8, 'no loop without a pause');
    gate.mend();
    await worker.ready;
    worker.process.kill('SIGTERM');
    assert.equal(await worker.ended, 0);
    await gate.close();
  });

  test('PostgreSQL is not there: it waits and says so, and begins when it is; a first run then completes', async () => {
    stack.proxy?.cut();
    const worker = startWorkerProcess(stack);
    await until(() => /waiting for PostgreSQL/.test(worker.output()), 30_000, worker.output);
    assert.doesNotMatch(
      worker.output(),
      new RegExp(new URL(stack.config.databaseUrl).password),
      'no password in the log',
    );
    stack.proxy?.mend();
    await worker.ready;
    const runs = await startRuns(stack, 'one', 1);
    await allComplete(stack, 'PostgreSQL away when a worker starts', runs, { recoverMs: null });
    worker.process.kill('SIGTERM');
    await worker.ended;
  });

  for (const [what, env, says] of [
    ['a namespace that does not exist', { TEMPORAL_NAMESPACE: 'nowhere' }, /nowhere/],
    [
      'TLS that the server does not speak',
      { TEMPORAL_TLS: 'true' },
      /waiting for Temporal: no Temporal server answers at/,
    ],
    [
      'an API key over TLS that the server does not speak',
      { TEMPORAL_API_KEY: 'key-canary-77', TEMPORAL_TLS: 'true' },
      /waiting for Temporal: no Temporal server answers at/,
    ],
    [
      'a configuration file that does not exist',
      { TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml', TEMPORAL_PROFILE: 'mine' },
      /config_invalid|profile/i,
    ],
    ['a database without migrations', { DATABASE_URL: '' }, /config_invalid.*DATABASE_URL/],
  ] as const) {
    test(`${what}: a sentence that says so, and no crash loop`, async () => {
      const worker = startWorkerProcess(stack, env);
      worker.ready.catch(() => undefined);
      const ended = await Promise.race([
        worker.ended,
        until(() => says.test(worker.output()), 30_000, worker.output).then(() => 'still waiting'),
      ]);
      assert.match(worker.output(), says);
      assert.ok(ended === 'still waiting' || ended === 1, String(ended));
      assert.doesNotMatch(worker.output(), /key-canary-77/);
      worker.process.kill('SIGKILL');
      await worker.ended;
    });
  }

  test('S22: a second SIGINT ends a worker at once, in the middle of a call', async () => {
    const worker = startWorkerProcess({ ...stack, config: { ...stack.config, shutdownGraceMs: 60_000 } });
    await worker.ready;
    const runs = await startRuns(stack, 'one', 1, 20_000);
    await untilRequests(runs, 1);
    worker.process.kill('SIGINT');
    await sleep(1_000);
    const began = Date.now();
    worker.process.kill('SIGINT');
    const end = await worker.ended;
    // the call takes 20 s, and the worker would wait for it
    assert.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`);
    assert.notEqual(end, 0, 'not as if all had been done');
    for (const handle of runs.handles) await handle.terminate();
  });
});
