import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { PhasegateError } from '../domain/failures.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { connectionOptions } from './connection.js';
import { whileThere } from './database.js';
import { asDatabaseFailure } from './postgres-error.js';
import { checkSession, ownSession } from './session.js';

/** The advisory lock that `prisma migrate` takes, so that both can be used on one database. */
const PRISMA_LOCK = 72_707_369;

/** Prisma's own table of migrations, so that `prisma migrate status` agrees with what is done here. */
const TABLE = `CREATE TABLE IF NOT EXISTS public._prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

/** A migration may take long. It makes its tables where all statements look for them, whatever the role has set. */
const BEGIN = [
  'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
  'SET LOCAL search_path = public',
  'SET LOCAL statement_timeout = 0',
  'SET LOCAL lock_timeout = 0',
  'SET LOCAL idle_in_transaction_session_timeout = 0',
];

interface Migration {
  name: string;
  sql: string;
}

/**
 * Applies the migrations that the database lacks, in order, in one transaction. Any number of processes may call it at
 * once, also through a pooler. It needs no engine, so it works where Prisma's CLI can't download one.
 *
 * @param url - the database, which must exist
 * @returns names of the migrations applied
 * @throws PhasegateError `mirror_unavailable`, `database_refused`, `database_unsuitable`, `config_invalid`,
 *   `mirror_not_migrated` (an earlier one failed half-way)
 */
export async function applyMigrations(url: string): Promise<string[]> {
  const migrations = await readMigrations();
  return withClient(url, true, async (client) => {
    for (const statement of BEGIN) await client.query(statement);
    // the transaction holds the lock: a session's lock would stay with a pooler's connection
    await client.query('SELECT pg_advisory_xact_lock($1)', [PRISMA_LOCK]);
    await client.query(TABLE);
    const missing = await findMissing(client, migrations);
    for (const migration of missing) await apply(client, migration);
    await client.query('COMMIT');
    return missing.map(({ name }) => name);
  });
}

/**
 * Names of the migrations that the database lacks.
 *
 * @throws PhasegateError as {@link applyMigrations}
 */
export async function pendingMigrations(url: string): Promise<string[]> {
  const migrations = await readMigrations();
  return withClient(url, false, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      "SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there",
    );
    const missing = rows[0]?.there ? await findMissing(client, migrations) : migrations;
    return missing.map(({ name }) => name);
  });
}

async function findMissing(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; done: boolean }>(
    'SELECT migration_name AS name, finished_at IS NOT NULL AS done FROM public._prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const failed = rows.filter(({ done }) => !done).map(({ name }) => name);
  if (failed.length > 0) {
    throw new PhasegateError(
      'mirror_not_migrated',
      `migrations failed before: ${failed.join(', ')}; see prisma migrate resolve`,
    );
  }
  const done = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}

async function apply(client: pg.Client, { name, sql }: Migration): Promise<void> {
  const checksum = createHash('sha256').update(sql).digest('hex');
  try {
    await client.query(sql);
  } catch (error) {
    if (asDatabaseFailure(error)) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new PhasegateError(
      'database_unsuitable',
      `the migration ${name} can't be applied, and nothing was changed: ${words}`,
    );
  }
  await client.query(
    'INSERT INTO public._prisma_migrations (id, checksum, migration_name, applied_steps_count, finished_at) VALUES ($1, $2, $3, 1, clock_timestamp())',
    [randomUUID(), checksum, name],
  );
}

async function readMigrations(): Promise<Migration[]> {
  const folder = path.join(PACKAGE_ROOT, 'prisma/migrations');
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(path.join(folder, name, 'migration.sql'), 'utf8') })),
  );
}

async function withClient<T>(url: string, patient: boolean, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionOptions(url, { patient }));
  client.on('error', () => undefined);
  return whileThere(async () => {
    try {
      await client.connect();
      await ownSession(client);
      await checkSession(client);
      return await use(client);
    } finally {
      // this also ends a transaction that failed
      await client.end().catch(() => undefined);
    }
  });
}
