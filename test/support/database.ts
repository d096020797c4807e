import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { applyMigrations } from '../../src/mirror/migrate.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

/** A database of a test's own, with all migrations applied. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

const MIGRATIONS = path.join(PACKAGE_ROOT, 'prisma/migrations');
const LOCK = 7_264_018_312;

/**
 * Clones a migrated template database; test processes may do so at once. The server is the test runner's, unless
 * another is given.
 */
export async function createTestDatabase(server = adminUrl()): Promise<TestDatabase> {
  const template = `phasegate_template_${migrationsHash()}`;
  const name = `phasegate_test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(server, async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) {
      await admin.query(`CREATE DATABASE ${template}`);
      await applyMigrations(urlOf(server, template));
    }
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: urlOf(server, name),
    drop: () =>
      asAdmin(server, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)).then(() => undefined),
  };
}

/** An empty database, for tests of the migrations themselves; `options` of CREATE DATABASE. */
export async function createEmptyDatabase(options = ''): Promise<TestDatabase> {
  const name = `phasegate_empty_${randomUUID().replaceAll('-', '')}`;
  const server = adminUrl();
  await asAdmin(server, (admin) => admin.query(`CREATE DATABASE ${name} ${options}`));
  return {
    url: urlOf(server, name),
    drop: () =>
      asAdmin(server, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)).then(() => undefined),
  };
}

/** Does something over a connection of its own. */
export async function asAdmin<T>(server: string, use: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}

function adminUrl(): string {
  const url = process.env.PHASEGATE_TEST_PG;
  if (!url) throw new Error('PHASEGATE_TEST_PG is not set: run the tests by npm test');
  return url;
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(MIGRATIONS).sort())
    if (/^\d/.test(name)) hash.update(readFileSync(path.join(MIGRATIONS, name, 'migration.sql')));
  return hash.digest('hex').slice(0, 16);
}
