import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { PhasegateError } from '../domain/failures.js';
import { whileThere } from './database.js';

/** The advisory lock that `prisma migrate` takes, so that both can be used on one database. */
const PRISMA_LOCK = 72_707_369;

/** Prisma's own table of migrations: `prisma migrate status` agrees with what is done here. */
const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

interface Migration {
  name: string;
  sql: string;
}

/**
 * Applies the migrations that the database lacks, in order, each in a transaction of its own. May be called by any
 * number of processes at once. It needs no engine, so it works where Prisma's CLI can't download one.
 *
 * @param url - the database, which must exist
 * @returns names of the migrations applied
 * @throws PhasegateError `mirror_unavailable`, `mirror_not_migrated` (an earlier one failed half-way)
 */
export async function applyMigrations(url: string): Promise<string[]> {
  const migrations = await readMigrations();
  return withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK]);
    await client.query(TABLE);
    const missing = await findMissing(client, migrations);
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  });
}

/**
 * Names of the migrations that the database lacks.
 *
 * @throws PhasegateError `mirror_unavailable`, `mirror_not_migrated`
 */
export async function pendingMigrations(url: string): Promise<string[]> {
  const migrations = await readMigrations();
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there");
    const missing = rows[0]?.there ? await findMissing(client, migrations) : migrations;
    return missing.map(({ name }) => name);
  });
}

async function findMissing(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; done: boolean }>(
    'SELECT migration_name AS name, finished_at IS NOT NULL AS done FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const failed = rows.filter(({ done }) => !done).map(({ name }) => name);
  if (failed.length > 0) {
    throw new PhasegateError('mirror_not_migrated', `migrations failed before: ${failed.join(', ')}; see prisma migrate resolve`);
  }
  const done = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}

async function apply(client: pg.Client, { name, sql }: Migration): Promise<void> {
  const id = randomUUID();
  const checksum = createHash('sha256').update(sql).digest('hex');
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [id, checksum, name]);
  try {
    // one simple query is one implicit transaction, as Prisma's engine does it
    await client.query(sql);
  } catch (error) {
    await client.query('UPDATE _prisma_migrations SET logs = $1 WHERE id = $2', [String(error), id]);
    throw error;
  }
  await client.query('UPDATE _prisma_migrations SET applied_steps_count = 1, finished_at = now() WHERE id = $1', [id]);
}

async function readMigrations(): Promise<Migration[]> {
  const folder = migrationsFolder();
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(path.join(folder, name, 'migration.sql'), 'utf8') })));
}

/** `prisma/migrations` beside `src/` as well as beside `dist/`. */
function migrationsFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const candidates = ['../../prisma/migrations', '../../../prisma/migrations'].map((place) => path.join(here, place));
  return candidates.find((place) => existsSync(place)) ?? candidates[0]!;
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  return whileThere(async () => {
    try {
      await client.connect();
      return await use(client);
    } finally {
      // also gives the lock back
      await client.end().catch(() => undefined);
    }
  });
}
