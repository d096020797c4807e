import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres, type Postgres } from '../../src/local/postgres/postgres.js';
import { Reaper } from '../../src/local/processes/reaper.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { allComplete, BUSY_PHASES, startBusyRuns, untilRequests } from './support/runs-in-flight.js';

describe('S19, S20: a PostgreSQL server of its own', () => {
  let reaper: Reaper;
  let server: Postgres;
  let stack: TestStack;
  const dir = mkdtempSync(join(tmpdir(), 'phasegate-pg-'));
  const start = (port: number) =>
    startPostgres({
      dir,
      reaper,
      log: join(dir, 'log'),
      port,
      database: 'phasegate',
      settings: { max_connections: '24', superuser_reserved_connections: '3' },
    });
  before(async () => {
    reaper = new Reaper();
    reaper.removeFolder(dir);
    server = await start(0);
    if (server.place.elsewhere) reaper.removeFolder(server.place.spare);
    stack = await startTestStack({}, { postgres: server.adminUrl });
    await stack.template('two', BUSY_PHASES);
  });
  after(async () => {
    await stack.stop();
    await reaper.finish();
  });

  test('killed with kill -9 and started again, three times', { timeout: 240_000 }, async () => {
    for (let n = 1; n <= 3; n++) {
      const runs = await startBusyRuns(stack, 'two', 4);
      await untilRequests(runs, 2 + n);
      const port = Number(new URL(server.url).port);
      process.kill(server.service.pid, 'SIGKILL');
      await server.service.ended;
      await sleep(1_500);
      server = await start(port);
      assert.equal(Number(new URL(server.url).port), port);
      const recoverMs = await untilRequests(runs, 1);
      runs.finish();
      await allComplete(stack, 'PostgreSQL killed with kill -9 and started again', runs, { recoverMs });
    }
  });

  /** One more connection; false when the server has none left. */
  async function take(taken: pg.Client[]): Promise<boolean> {
    const client = new pg.Client({ connectionString: server.adminUrl });
    client.on('error', () => undefined);
    return client.connect().then(
      () => taken.push(client) > 0,
      () => false,
    );
  }

  test('its connections are used up for 10 s', { timeout: 120_000 }, async () => {
    const runs = await startBusyRuns(stack, 'two', 4);
    await untilRequests(runs, 2);
    const taken: pg.Client[] = [];
    for (let n = 0; n < 8; n++) {
      for (let tries = 0; tries < 200 && (await take(taken)); tries++);
      // what the worker holds is taken from it, too, once its place can be filled at once
      await taken[0]!.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'phasegate_test%'`,
      );
    }
    assert.ok(taken.length >= 23, `${taken.length} connections taken`);
    await sleep(10_000);
    await Promise.all(taken.map((client) => client.end()));
    const recoverMs = await untilRequests(runs, 1);
    runs.finish();
    await allComplete(stack, 'the connections of PostgreSQL are used up for 10 s', runs, { recoverMs });
  });
});
