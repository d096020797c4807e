import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres, type Postgres } from '../../src/local/postgres.js';
import { Reaper } from '../../src/local/reaper.js';
import { untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { allComplete, startRuns, untilRequests } from './support/runs-in-flight.js';

const STEPS = [{ key: 'design' }, { key: 'plan' }];

describe('S19, S20: PostgreSQL is away', { concurrency: 3 }, () => {
  let stack: TestStack;
  before(async () => {
    stack = await startTestStack({}, { proxied: true });
    await stack.template('two', STEPS);
    await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  });
  after(() => stack.stop());

  test('for two minutes while agents work, and while a run writes its last events', { timeout: 300_000 }, async () => {
    const atGate = await startRuns(stack, 'gated', 1);
    await untilGate(stack, atGate.handles[0]!);
    const runs = await startRuns(stack, 'two', 4, 500);
    await untilRequests(runs, 3);
    stack.proxy?.cut();
    await atGate.handles[0]!.signal('approve');
    await sleep(120_000);
    const paid = runs.requests();
    stack.proxy?.mend();
    const recoverMs = await untilRequests(runs, 1, 90_000);
    assert.ok(paid <= runs.requests());
    await allComplete(stack, 'PostgreSQL away for 2 minutes in the middle of phases', runs, { recoverMs });
    await allComplete(stack, 'PostgreSQL away for 2 minutes at the last events of a run', atGate, { recoverMs: null });
  });
});

describe('S19, S20: PostgreSQL in trouble', { concurrency: 4 }, () => {
  let stack: TestStack;
  let direct: pg.Pool;
  before(async () => {
    stack = await startTestStack();
    await stack.template('two', STEPS);
    await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
    direct = new pg.Pool({ connectionString: stack.databaseUrl });
  });
  after(async () => {
    await direct.end();
    await stack.stop();
  });

  test('a statement runs into its time-out: the rows of a run are locked for 35 s', { timeout: 120_000 }, async () => {
    const runs = await startRuns(stack, 'gated', 1);
    const { run } = await untilGate(stack, runs.handles[0]!);
    const locker = await direct.connect();
    await locker.query('BEGIN');
    await locker.query('SELECT 1 FROM runs WHERE id = $1 FOR UPDATE', [run.runId]);
    await runs.handles[0]!.signal('approve');
    await sleep(35_000);
    await locker.query('COMMIT');
    locker.release();
    const began = Date.now();
    await runs.handles[0]!.result();
    await allComplete(stack, 'a statement time-out (rows locked for 35 s)', runs, { recoverMs: Date.now() - began });
  });

  test('the disk is full (SQLSTATE 53100) for 8 s', { timeout: 120_000 }, async () => {
    // a real error of the server with that state: a disk can't be filled here
    await direct.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.run_id::text = TG_ARGV[0] THEN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$`);
    const runs = await startRuns(stack, 'gated', 1);
    const { run } = await untilGate(stack, runs.handles[0]!);
    await direct.query(`CREATE TRIGGER full_disk BEFORE INSERT ON run_events FOR EACH ROW EXECUTE FUNCTION full_disk('${run.runId}')`);
    await runs.handles[0]!.signal('approve');
    await sleep(8_000);
    await direct.query('DROP TRIGGER full_disk ON run_events');
    const began = Date.now();
    await runs.handles[0]!.result();
    await allComplete(stack, 'the disk of PostgreSQL is full (53100) for 8 s', runs, { recoverMs: Date.now() - began });
  });
});

describe('S19, S20: a PostgreSQL server of its own', () => {
  let reaper: Reaper;
  let server: Postgres;
  let stack: TestStack;
  const dir = mkdtempSync(join(tmpdir(), 'phasegate-pg-'));
  const start = (port: number) => startPostgres({ dir, reaper, log: join(dir, 'log'), port, database: 'phasegate', settings: { max_connections: '24', superuser_reserved_connections: '3' } });
  before(async () => {
    reaper = new Reaper();
    reaper.removeFolder(dir);
    server = await start(0);
    if (server.place.elsewhere) reaper.removeFolder(server.place.spare);
    stack = await startTestStack({}, { postgres: server.adminUrl });
    await stack.template('two', STEPS);
  });
  after(async () => {
    await stack.stop();
    await reaper.finish();
  });

  test('killed with kill -9 and started again, three times', { timeout: 240_000 }, async () => {
    for (let n = 1; n <= 3; n++) {
      const runs = await startRuns(stack, 'two', 4);
      await untilRequests(runs, 2 + n);
      const port = Number(new URL(server.url).port);
      process.kill(server.service.pid, 'SIGKILL');
      await server.service.ended;
      await sleep(1_500);
      server = await start(port);
      assert.equal(Number(new URL(server.url).port), port);
      const recoverMs = await untilRequests(runs, 1);
      await allComplete(stack, 'PostgreSQL killed with kill -9 and started again', runs, { recoverMs });
    }
  });

  /** One more connection; false when the server has none left. */
  async function take(taken: pg.Client[]): Promise<boolean> {
    const client = new pg.Client({ connectionString: server.adminUrl });
    client.on('error', () => undefined);
    return client.connect().then(() => taken.push(client) > 0, () => false);
  }

  test('its connections are used up for 10 s', { timeout: 120_000 }, async () => {
    const runs = await startRuns(stack, 'two', 4);
    await untilRequests(runs, 2);
    const taken: pg.Client[] = [];
    for (let n = 0; n < 8; n++) {
      while (await take(taken));
      // what the worker holds is taken from it, too, once its place can be filled at once
      await taken[0]!.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'phasegate_test%'`);
    }
    assert.ok(taken.length >= 23, `${taken.length} connections taken`);
    await sleep(10_000);
    await Promise.all(taken.map((client) => client.end()));
    const recoverMs = await untilRequests(runs, 1);
    await allComplete(stack, 'the connections of PostgreSQL are used up for 10 s', runs, { recoverMs });
  });
});
