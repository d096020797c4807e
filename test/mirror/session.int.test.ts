import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import { PhasegateError } from '../../src/domain/failures.js';
import { money } from '../../src/domain/money/amount.js';
import { applyMigrations, pendingMigrations } from '../../src/mirror/migrate.js';
import { openMirror } from '../../src/mirror/mirror.js';
import { asAdmin, createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';
import { artifact, event, modelCall, newRun, plan, template } from './support.js';

/**
 * Settings that somebody gave the database or the role for reasons of their own, and that would bend what phasegate
 * writes or reads.
 */
const FOREIGN = {
  TimeZone: 'Asia/Kathmandu',
  DateStyle: 'German, DMY',
  IntervalStyle: 'sql_standard',
  client_encoding: 'LATIN1',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  search_path: 'elsewhere, public',
  default_transaction_isolation: 'serializable',
  row_security: 'off',
  statement_timeout: '25ms',
  lock_timeout: '25ms',
  idle_in_transaction_session_timeout: '25ms',
  synchronous_commit: 'off',
};

async function databaseWith(
  t: TestContext,
  settings: Record<string, string>,
  make: () => Promise<TestDatabase> = createTestDatabase,
): Promise<string> {
  const database = await make();
  t.after(() => database.drop());
  const name = new URL(database.url).pathname.slice(1);
  await asAdmin(database.url, async (client) => {
    await client.query('CREATE SCHEMA elsewhere');
    for (const [setting, value] of Object.entries(settings)) {
      const list = setting === 'search_path' ? value : client.escapeLiteral(value);
      await client.query(`ALTER DATABASE ${name} SET ${setting} = ${list}`);
    }
  });
  return database.url;
}

/** Writes of every kind and reads what was written. */
async function writeAndRead(t: TestContext, url: string): Promise<void> {
  const mirror = openMirror(url);
  t.after(() => mirror.close());
  const run = newRun();
  const created = event('run_created', { payload: { text: "ünï 🌳 \\ ' " } });
  const started = event('run_started');
  await mirror.appendEvents(run, [created]);
  await mirror.recordPlan(run, plan(), { requirements: 'ünï 🌳', objective: null, extra: {} }, template);
  await mirror.appendEvents(run, [started]);
  // known already: the way with a transaction
  await mirror.appendEvents(run, [started, event('phase_started', { phaseKey: 'design' })]);
  const raw = Buffer.from([0, 92, 39, 200, 255, 10]);
  await mirror.recordArtifact(run, artifact({ raw, ts: created.ts }));
  await mirror.recordModelCalls(run, [modelCall('a', { ts: created.ts })]);
  const [first, second] = await mirror.readEvents(run.runId);
  assert.deepEqual([first?.ts, second?.ts, first?.payload], [created.ts, started.ts, created.payload]);
  const facts = await mirror.readReportFacts(run.runId);
  assert.deepEqual(
    [facts.run.startedAt, facts.artifacts[0]?.createdAt, facts.events[0]?.ts],
    [started.ts, created.ts, created.ts],
  );
  assert.deepEqual(await mirror.readArtifact(run.runId, artifact().sha256), raw);
  assert.equal(await mirror.readRequirements(run.runId), 'ünï 🌳');
  assert.deepEqual(await mirror.differingTables(run.runId), []);
  const tokens = 1_234_567_891;
  await mirror.recordModelCalls(run, [
    modelCall('b', { inputTokens: tokens, outputTokens: 0, costInputMicroUsd: money(tokens) }),
  ]);
  const { phase } = await mirror.readSpent(run.runId, { phaseKey: 'design', threadId: 'another' });
  assert.deepEqual(phase, { microUsd: money(tokens + 200), tokens: tokens + 15 });
}

for (const [name, value] of Object.entries(FOREIGN)) {
  test(`a database whose ${name} is ${value}: what is written is what is read`, async (t) => {
    await writeAndRead(t, await databaseWith(t, { [name]: value }));
  });
}

test('migrations and runs use the same tables whatever the search_path of the database is, and no setting stops a migration', async (t) => {
  const url = await databaseWith(t, { ...FOREIGN, search_path: 'elsewhere' }, createEmptyDatabase);
  await applyMigrations(url);
  assert.deepEqual(await pendingMigrations(url), []);
  await asAdmin(url, async (client) => {
    const { rows } = await client.query(
      `SELECT count(*)::int AS count FROM pg_class WHERE relnamespace = 'elsewhere'::regnamespace`,
    );
    assert.deepEqual(rows, [{ count: 0 }]);
  });
  await writeAndRead(t, url);
});

test('the server is told how long a statement may take, and that nobody sleeps in a transaction', async (t) => {
  const url = await databaseWith(t, FOREIGN);
  const mirror = openMirror(url);
  t.after(() => mirror.close());
  const { rows } = await mirror.pool
    .query<pg.QueryResultRow>(`SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
    current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('default_transaction_isolation') AS isolation`);
  assert.deepEqual(rows, [{ statement: '30s', lock: '0', idle: '1min', isolation: 'read committed' }]);
});

test('written data are safe on the disk: off is corrected, and a stricter setting than on stays', async (t) => {
  for (const [given, held] of Object.entries({ off: 'on', local: 'local', remote_apply: 'remote_apply' })) {
    const mirror = openMirror(await databaseWith(t, { synchronous_commit: given }));
    t.after(() => mirror.close());
    const { rows } = await mirror.pool.query<pg.QueryResultRow>(`SELECT current_setting('synchronous_commit') AS held`);
    assert.deepEqual(rows, [{ held }]);
  }
});

const refusal = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof PhasegateError && error.code === code && words.test(error.message);

test('a database that is not UTF-8 is refused, with what to do', async (t) => {
  for (const encoding of ['LATIN1', 'SQL_ASCII']) {
    const database = await createEmptyDatabase(
      `TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc`,
    );
    t.after(() => database.drop());
    for (const use of [applyMigrations, pendingMigrations])
      await assert.rejects(
        use(database.url),
        refusal('database_unsuitable', new RegExp(`${encoding}.*ENCODING 'UTF8'`)),
      );
  }
});

test('a database that takes no writes is refused, with the setting that says so', async (t) => {
  const url = await databaseWith(t, { default_transaction_read_only: 'on' });
  for (const use of [applyMigrations, pendingMigrations])
    await assert.rejects(use(url), refusal('database_unsuitable', /default_transaction_read_only.*RESET/));
});

test('a database without the schema public, and a setting in the URL that PostgreSQL does not know: refused, with what to do', async (t) => {
  const database = await createEmptyDatabase();
  t.after(() => database.drop());
  for (const use of [applyMigrations, pendingMigrations]) {
    await assert.rejects(
      use(`${database.url}?options=-c%20nosuch%3D1`),
      refusal('database_refused', /nosuch.*DATABASE_URL/),
    );
    await assert.rejects(
      use(`${database.url}?options=-c%20work_mem%3Dlots`),
      refusal('database_refused', /work_mem.*DATABASE_URL/),
    );
  }
  await asAdmin(database.url, (client) => client.query('DROP SCHEMA public CASCADE'));
  await assert.rejects(applyMigrations(database.url), refusal('database_refused', /CREATE SCHEMA public/));
});

test('?schema= is public or refused, an unknown sslmode is refused, and no secret is in the message', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  assert.deepEqual(await pendingMigrations(`${database.url}?schema=public`), []);
  const wrong: [string, RegExp][] = [
    ['schema=mine', /schema=mine.*public/],
    ['schema=', /schema=/],
    ['sslmode=allow', /sslmode=allow.*verify-full/],
    ['sslmode=verify_full', /sslmode=verify_full/],
    ['sslmode=verify-full&sslrootcert=/no/such/ca.pem', /\/no\/such\/ca\.pem/],
  ];
  for (const [query, words] of wrong) {
    const url = `${database.url}?${query}`;
    const uses = [applyMigrations, pendingMigrations, (each: string) => Promise.resolve(openMirror(each))];
    for (const use of uses) {
      await assert.rejects(
        async () => use(url),
        (error) => refusal('config_invalid', words)(error) && !(error as Error).message.includes(new URL(url).password),
      );
    }
  }
});
