import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import pg from 'pg';
import { PhasegateError } from '../../src/domain/failures.js';
import { applyMigrations, pendingMigrations } from '../../src/mirror/migrate.js';
import { createEmptyDatabase } from '../support/database.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

async function emptyDatabase(t: TestContext): Promise<string> {
  const database = await createEmptyDatabase();
  t.after(() => database.drop());
  return database.url;
}

/** Prisma's own command, over the engine of this project. */
function prisma(url: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, DATABASE_URL: url, CHECKPOINT_DISABLE: '1' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(PACKAGE_ROOT, 'node_modules/prisma/build/index.js'), ...args],
      { cwd: PACKAGE_ROOT, env, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 99) : 0, output: stdout + stderr });
      },
    );
  });
}

test('migrations are applied once, even when several processes do it at the same time', async (t) => {
  const url = await emptyDatabase(t);
  const all = await pendingMigrations(url);
  assert.ok(all.length > 0);
  const applied = await Promise.all(Array.from({ length: 4 }, () => applyMigrations(url)));
  assert.deepEqual(applied.flat().sort(), all);
  assert.deepEqual(await pendingMigrations(url), []);
  assert.deepEqual(await applyMigrations(url), []);
});

test('a migration that failed half-way is not passed over', async (t) => {
  const url = await emptyDatabase(t);
  await applyMigrations(url);
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', '20270101000000_broken')`,
  );
  await client.end();
  for (const ask of [applyMigrations, pendingMigrations]) {
    await assert.rejects(
      ask(url),
      (error) =>
        error instanceof PhasegateError &&
        error.code === 'mirror_not_migrated' &&
        /20270101000000_broken/.test(error.message),
    );
  }
});

test("Prisma's own command agrees: nothing is pending, and the schema is what the migrations make", async (t) => {
  const url = await emptyDatabase(t);
  await applyMigrations(url);
  const status = await prisma(url, 'migrate', 'status');
  assert.equal(status.code, 0, status.output);
  const deploy = await prisma(url, 'migrate', 'deploy');
  assert.match(deploy.output, /No pending migrations/);
  const same = await prisma(
    url,
    'migrate',
    'diff',
    '--from-config-datasource',
    '--to-schema',
    'prisma/schema.prisma',
    '--exit-code',
  );
  assert.equal(same.code, 0, same.output);
  const folder = await mkdtemp(path.join(PACKAGE_ROOT, '.phasegate/schema-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const changed = path.join(folder, 'schema.prisma');
  await writeFile(
    changed,
    (await readFile(path.join(PACKAGE_ROOT, 'prisma/schema.prisma'), 'utf8')).replace(
      '  backend   String',
      '  backend   String\n  colour    String?',
    ),
  );
  const differs = await prisma(
    url,
    'migrate',
    'diff',
    '--from-config-datasource',
    '--to-schema',
    changed,
    '--exit-code',
  );
  assert.equal(differs.code, 2, differs.output);
});

test('a database that is away is an answer, not a hang', async () => {
  const away = 'postgresql://nobody:s3cret@127.0.0.1:1/none';
  await assert.rejects(
    applyMigrations(away),
    (error) => error instanceof PhasegateError && error.code === 'mirror_unavailable',
  );
  const status = await prisma(away, 'migrate', 'status');
  assert.notEqual(status.code, 0);
  assert.doesNotMatch(status.output, /s3cret/);
});
