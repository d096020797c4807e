import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PACKAGE_ROOT } from '../src/package-root.js';
import { freePort } from '../src/local/processes/ports.js';
import { startPostgres } from '../src/local/postgres/postgres.js';
import { startService, waitUntilReady } from '../src/local/processes/processes.js';
import { STAGES, type Reaper } from '../src/local/processes/reaper.js';
import { startable } from '../src/local/startable.js';
import { findTemporalCli } from '../src/local/temporal/temporal-cli.js';
import { startTemporalServer } from '../src/local/temporal/temporal-server.js';
import { applyMigrations } from '../src/mirror/migrate.js';
import { plainEnvironment } from './contender-process.js';

/** What all contenders share. */
export interface Surroundings {
  /** Removed at the end. */
  folder: string;
  logs: string;
  temporalAddress: string;
  temporalCli: string;
  modelUrl: string;
  /** A server that answers as late as a quick real one. */
  slowModel: { url: string; delayMs: number };
  /** Makes an empty database, or one with phasegate's tables; gives its URL. */
  database(name: string, migrated?: boolean): Promise<string>;
}

/**
 * Both are kept on disk with their default durability, as with `npm start`. The commit times are for the mirror's lag.
 */
const POSTGRES_SETTINGS = { max_connections: '300', track_commit_timestamp: 'on', log_checkpoints: 'off' };

/** A short answer of a quick hosted model; most take longer. */
const SLOW_MS = 2_000;

/** Brings up PostgreSQL, Temporal's dev server and the scripted model server, each in its own process. */
export async function startSurroundings(reaper: Reaper, say: (line: string) => void): Promise<Surroundings> {
  const folder = mkdtempSync(join(tmpdir(), 'phasegate-bench-'));
  reaper.removeFolder(folder);
  const logs = join(PACKAGE_ROOT, '.phasegate', 'bench-logs');
  mkdirSync(logs, { recursive: true });
  const postgres = await startPostgres({
    dir: folder,
    reaper,
    log: join(logs, 'postgres.log'),
    port: 0,
    database: 'bench',
    settings: POSTGRES_SETTINGS,
  });
  if (postgres.place.elsewhere) reaper.removeFolder(postgres.place.spare);
  const cli = await findTemporalCli({ root: PACKAGE_ROOT, env: process.env, say });
  const temporal = await startTemporalServer({
    cli: cli.path,
    dir: join(folder, 'temporal'),
    reaper,
    log: join(logs, 'temporal.log'),
    port: 0,
    uiPort: 0,
  });
  const modelUrl = await startModel(reaper, join(logs, 'model-server.log'), 0);
  const slowModel = { url: await startModel(reaper, join(logs, 'slow-model-server.log'), SLOW_MS), delayMs: SLOW_MS };
  return {
    folder,
    logs,
    modelUrl,
    slowModel,
    temporalAddress: temporal.address,
    temporalCli: cli.path,
    async database(name, migrated = false) {
      const admin = new pg.Client({ connectionString: postgres.adminUrl });
      await admin.connect();
      await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(name)}`).finally(() => admin.end());
      const url = new URL(postgres.adminUrl);
      url.pathname = `/${name}`;
      if (migrated) await applyMigrations(url.href);
      return url.href;
    },
  };
}

async function startModel(reaper: Reaper, log: string, delayMs: number): Promise<string> {
  const port = await freePort();
  const service = await startService(
    {
      name: 'Model server',
      file: process.execPath,
      args: [...startable('model-server/main.ts'), '--port', String(port), '--delay-ms', String(delayMs)],
      cwd: PACKAGE_ROOT,
      env: plainEnvironment(),
      log,
      end: { signal: 'SIGTERM', stage: STAGES.temporal, graceMs: 5_000 },
    },
    reaper,
  );
  const url = `http://127.0.0.1:${port}/v1`;
  await waitUntilReady(
    service,
    () =>
      fetch(`${url}/models`).then(
        () => true as const,
        () => undefined,
      ),
    30_000,
  );
  return url;
}
