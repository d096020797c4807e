import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { PhasegateError } from '../../domain/failures.js';
import { freePort, hasLostPort } from '../processes/ports.js';
import { postgresBinaries } from './postgres-binaries.js';
import { databasePassword, ensureData } from './postgres-init.js';
import { makePassableFolder, postgresPlace, type PostgresPlace } from './postgres-place.js';
import { commandOf } from '../processes/process-identity.js';
import { startService, waitUntilReady, type Service } from '../processes/processes.js';
import { STAGES, type Reaper } from '../processes/reaper.js';

export interface PostgresOptions {
  /** Folder that keeps the password and, where possible, the data. Only one server at a time may use it. */
  dir: string;
  reaper: Reaper;
  log: string;
  /** The port that is taken when it is free. */
  port?: number;
  /** Database that is made when it is not there. */
  database: string;
  /** Server settings, beside the defaults. */
  settings?: Record<string, string>;
}

export interface Postgres {
  /** URL of the database, with the password. */
  url: string;
  /** URL of the server's own database `postgres`, for making others. */
  adminUrl: string;
  service: Service;
  place: PostgresPlace;
}

const PREFERRED_PORT = 54329;
const READY_MS = 60_000;

/**
 * Starts PostgreSQL on 127.0.0.1 with the data kept from the last time, and makes the database.
 *
 * @throws PhasegateError `local_stack_failed` with the reason
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  makePassableFolder(options.dir);
  const place = postgresPlace(options.dir);
  const binaries = postgresBinaries(place.user, place.spare);
  const password = databasePassword(join(options.dir, 'postgres-password'));
  ensureData(place, binaries, password, options.settings?.fsync !== 'off');
  await endLeftOver(place.data);
  const { service, port } = await listen(options, place, binaries.postgres, password);
  const url = (database: string): string => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  await createDatabase(url('postgres'), options.database);
  return { url: url(options.database), adminUrl: url('postgres'), service, place };
}

// Somebody may take the free port before PostgreSQL does. Then it tries once more, with another port.
async function listen(
  options: PostgresOptions,
  place: PostgresPlace,
  file: string,
  password: string,
): Promise<{ service: Service; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort(tries === 1 ? (options.port ?? PREFERRED_PORT) : 0);
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      port: String(port),
      ...options.settings,
    };
    const args = ['-D', place.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const service = await startService(
      {
        name: 'PostgreSQL',
        file,
        args,
        cwd: place.data,
        env: { LC_ALL: 'C', PATH: process.env.PATH, TZ: 'UTC' },
        log: options.log,
        ...(place.user && { user: place.user }),
        end: { signal: 'SIGINT', stage: STAGES.postgres, graceMs: 15_000 },
      },
      options.reaper,
    );
    try {
      await waitUntilReady(
        service,
        () => answers(`postgresql://postgres:${password}@127.0.0.1:${port}/postgres`, options.dir),
        READY_MS,
      );
      return { service, port };
    } catch (error) {
      if (tries === 4 || !(await hasLostPort(service, [port]))) throw error;
    }
  }
}

async function answers(url: string, dir: string): Promise<true | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new PhasegateError(
        'local_stack_failed',
        `The database does not take the password in ${join(dir, 'postgres-password')}: put the right one back, or move the data away to begin with an empty database.`,
      );
    }
    return undefined;
  } finally {
    await client.end().catch(() => {});
  }
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/**
 * Ends a server that outlived its stack (for example when a stopped container took the reaper, too). When the pid file
 * names a process that is not ours, the file is deleted.
 */
async function endLeftOver(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const isOurs = (): boolean => commandOf(pid)?.includes(data) ?? false;
  const began = Date.now();
  if (isOurs()) process.kill(pid, 'SIGINT');
  while (isOurs()) {
    if (Date.now() - began > 15_000) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  rmSync(file, { force: true });
}
