import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import pg from 'pg';
import { PhasegateError } from '../../src/domain/failures.js';
import { applyMigrations, pendingMigrations } from '../../src/mirror/migrate.js';
import { openMirror } from '../../src/mirror/mirror.js';
import { asAdmin, createEmptyDatabase } from '../support/database.js';
import { pgbouncerMissing, startPgbouncer } from '../support/pgbouncer.js';
import { startStrictPooler } from '../support/strict-pooler.js';
import { event, modelCall, newRun } from './support.js';

/** As the server's owner may have it; what PgBouncer carries for a client is not among what this breaks. */
const OF_THE_DATABASE = {
  // the server of the tests has it off
  synchronous_commit: 'on',
  TimeZone: 'Asia/Kathmandu',
  DateStyle: 'German, DMY',
  search_path: 'elsewhere',
  statement_timeout: '20s',
};

async function foreignDatabase(t: TestContext): Promise<string> {
  const { url, drop } = await createEmptyDatabase();
  t.after(drop);
  await asAdmin(url, async (client) => {
    await client.query('CREATE SCHEMA elsewhere');
    for (const [name, value] of Object.entries(OF_THE_DATABASE))
      await client.query(
        `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET ${name} = ${client.escapeLiteral(value)}`,
      );
  });
  return url;
}

/** What workers do when they start, several at a time, and what runs write; with fewer connections than askers. */
async function useThrough(t: TestContext, url: string): Promise<void> {
  const applied = await Promise.all(Array.from({ length: 4 }, () => applyMigrations(url)));
  assert.ok(applied.flat().length > 0);
  assert.deepEqual(await pendingMigrations(url), []);
  const mirrors = Array.from({ length: 4 }, () => openMirror(url, { max: 4 }));
  t.after(() => Promise.all(mirrors.map((mirror) => mirror.close())));
  const write = async (index: number): Promise<void> => {
    const mirror = mirrors[index % mirrors.length]!;
    const run = newRun();
    const [created, started] = [event('run_created'), event('run_started')];
    await mirror.appendEvents(run, [created]);
    await mirror.appendEvents(run, [created, started]);
    const said = {
      ordinal: 1,
      id: 'a',
      attempt: 1,
      role: 'assistant' as const,
      message: { content: 'hm' },
      wrote: [],
      ts: created.ts,
    };
    const conversation = mirror.conversation(run, 'thread');
    await conversation.append({ messages: [said], modelCalls: [modelCall('a')], toolCalls: [] });
    assert.deepEqual((await conversation.read()).messages, [said]);
    assert.deepEqual(
      (await mirror.readEvents(run.runId)).map(({ ts }) => ts),
      [created.ts, started.ts],
    );
    assert.equal((await mirror.findRun(run.runId))?.startedAt, started.ts);
    assert.deepEqual(await mirror.differingTables(run.runId), []);
  };
  await Promise.all(Array.from({ length: 24 }, (_, index) => write(index)));
}

/** What somebody else finds who gets one of the pooler's connections next. */
async function settingsOf(url: string): Promise<unknown> {
  return asAdmin(
    url,
    async (client) =>
      (
        await client.query(
          `SELECT current_setting('statement_timeout') AS time, current_setting('search_path') AS path`,
        )
      ).rows[0] as unknown,
  );
}

test('through a pooler that refuses every start-up parameter that PgBouncer does not carry: migrations, conversations, runs', async (t) => {
  const pooler = await startStrictPooler(await foreignDatabase(t));
  t.after(() => pooler.close());
  const refused = new pg.Client({ connectionString: pooler.url, statement_timeout: 1_000 });
  await assert.rejects(refused.connect(), {
    code: '08P01',
    message: /unsupported startup parameter: statement_timeout/,
  });
  await useThrough(t, pooler.url);
  const mirror = openMirror(pooler.url);
  t.after(() => mirror.close());
  const { rows } = await mirror.pool.query(
    `SELECT current_setting('statement_timeout') AS time, current_setting('TimeZone') AS zone`,
  );
  assert.deepEqual(rows, [{ time: '20s', zone: 'UTC' }], 'set is what a pooler carries, and nothing else');
});

test('a start-up parameter in DATABASE_URL that the pooler refuses is said, and not waited for', async (t) => {
  const pooler = await startStrictPooler(await foreignDatabase(t));
  t.after(() => pooler.close());
  for (const query of ['options=-c%20work_mem%3D1MB', 'statement_timeout=1000']) {
    await assert.rejects(
      pendingMigrations(`${pooler.url}?${query}`),
      (error) =>
        error instanceof PhasegateError &&
        error.code === 'database_refused' &&
        /unsupported startup parameter.*take it out/.test(error.message),
    );
  }
});

for (const mode of ['transaction', 'session'] as const) {
  test(
    `through a real PgBouncer in ${mode} mode: migrations, conversations, runs, and nothing of it left for others`,
    { skip: pgbouncerMissing() },
    async (t) => {
      // a session keeps its connection: there must be one for each
      const bouncer = await startPgbouncer(await foreignDatabase(t), mode, mode === 'transaction' ? 3 : 40);
      t.after(() => bouncer.stop());
      await useThrough(t, bouncer.url);
      assert.deepEqual(await settingsOf(bouncer.url), { time: '20s', path: 'elsewhere' });
    },
  );
}

for (const [setting, value] of [
  ['default_transaction_isolation', 'repeatable read'],
  ['synchronous_commit', 'off'],
] as const) {
  test(`behind a pooler, a ${setting} that only a session of our own could change is refused at the start`, async (t) => {
    const url = await foreignDatabase(t);
    await asAdmin(url, (client) =>
      client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET ${setting} = '${value}'`),
    );
    const pooler = await startStrictPooler(url);
    t.after(() => pooler.close());
    await assert.rejects(
      pendingMigrations(pooler.url),
      (error) =>
        error instanceof PhasegateError &&
        error.code === 'database_unsuitable' &&
        new RegExp(`${setting} is ${value}.*RESET ${setting}`).test(error.message),
    );
  });
}
