import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import pg from 'pg';
import { LOCATION_FILE } from '../../src/local/postgres/postgres-place.js';
import { startPostgres, type Postgres, type PostgresOptions } from '../../src/local/postgres/postgres.js';
import { isListening } from '../../src/local/processes/ports.js';
import { startOf } from '../../src/local/processes/process-identity.js';
import { Reaper } from '../../src/local/processes/reaper.js';
import { tempFolder } from './support/temp-folder.js';

test('data, password and database are found again by the next start', async (t) => {
  const start = starter(t);
  const first = await start();
  await query(first.url, 'CREATE TABLE kept AS SELECT 41 AS n');
  await first.service.stop();
  assert.equal(await isListening(portOf(first)), false);
  assert.equal(startOf(first.service.pid), undefined);

  const second = await start();
  assert.deepEqual(await query(second.url, 'SELECT n FROM kept'), [{ n: 41 }]);
  assert.equal(new URL(second.url).password, new URL(first.url).password);
});

test('a killed server starts again with what was committed', async (t) => {
  const start = starter(t);
  const first = await start();
  await query(first.url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  process.kill(first.service.pid, 'SIGKILL');
  await first.service.ended;

  const second = await start();
  assert.deepEqual(await query(second.url, 'SELECT count(*)::int AS rows FROM kept'), [{ rows: 1000 }]);
});

test('a pid file with the id of another program does no harm, and that program is left alone', async (t) => {
  const start = starter(t);
  const first = await start();
  await first.service.stop();
  // our own process stands for any later one that was given the old server's pid
  writeFileSync(join(first.place.data, 'postmaster.pid'), `${process.pid}\n${first.place.data}\n1\n1\n\n\n\nready\n`);
  await start();
});

test('a server that outlived its stack is ended, and its data used', async (t) => {
  const start = starter(t);
  const first = await start();
  const second = await start();
  assert.match(await first.service.ended, /exit code 0/);
  assert.notEqual(second.service.pid, first.service.pid);
});

test('a taken port is not an error: another is used', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  const started = await starter(t)({ port });
  assert.notEqual(portOf(started), port);
  await query(started.url, 'SELECT 1');
});

test('the password is random, readable by its owner only, and asked for', async (t) => {
  const start = starter(t);
  const { url, service } = await start();
  const file = join(start.dir, 'postgres-password');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, 'utf8'), /^[\w-]{32}$/);
  const wrong = new URL(url);
  wrong.password = 'postgres';
  await assert.rejects(query(wrong.href, 'SELECT 1'), { code: '28P01' });

  await service.stop();
  writeFileSync(file, 'another');
  await assert.rejects(start(), { code: 'local_stack_failed', message: /postgres-password/ });
});

test('below a folder that only its owner may enter, root puts the data elsewhere and finds it again; others stay', async (t) => {
  const parent = tempFolder(t);
  chmodSync(parent, 0o700);
  const start = starter(t, join(parent, 'clone'));
  const first = await start();
  const asRoot = process.getuid?.() === 0;
  assert.equal(first.place.elsewhere, asRoot);
  if (asRoot) assert.equal(readFileSync(join(start.dir, LOCATION_FILE), 'utf8').trim(), first.place.spare);
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n');
  await first.service.stop();

  const second = await start();
  assert.equal(second.place.data, first.place.data);
  assert.deepEqual(await query(second.url, 'SELECT n FROM kept'), [{ n: 1 }]);
});

test('data of another version of PostgreSQL is left alone, with a sentence', async (t) => {
  const start = starter(t);
  const { place, service } = await start();
  await service.stop();
  writeFileSync(join(place.data, 'PG_VERSION'), '9\n');
  await assert.rejects(start(), { code: 'local_stack_failed', message: /PostgreSQL 9, the installed one is \d+/ });
});

/** Starts servers on one folder, all of which are gone after the test. */
function starter(t: TestContext, dir = tempFolder(t)) {
  const reaper = new Reaper();
  const outside = new Set<string>();
  t.after(async () => {
    await reaper.finish();
    for (const folder of outside) rmSync(folder, { recursive: true, force: true });
  });
  const start = async (more: Partial<PostgresOptions> = {}): Promise<Postgres> => {
    const started = await startPostgres({
      dir,
      reaper,
      log: join(dir, 'postgres.log'),
      port: 0,
      database: 'mirror',
      settings: { fsync: 'off' },
      ...more,
    });
    if (started.place.elsewhere) outside.add(started.place.spare);
    return started;
  };
  return Object.assign(start, { dir });
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

function portOf({ url }: Postgres): number {
  return Number(new URL(url).port);
}
