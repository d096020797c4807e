import { constants } from 'node:os';
import { createActivities, loadActivities } from './activities/index.js';
import { readConfig, type Config } from './config.js';
import { PhasegateError } from './domain/failures.js';
import { openMirror } from './mirror/mirror.js';
import { pendingMigrations } from './mirror/migrate.js';
import { connectClient, temporalSettings } from './temporal/connection.js';
import { connectWorker } from './temporal/worker-connection.js';
import { asTemporalFailure } from './temporal/grpc-errors.js';
import { createWorker, type PhasegateWorker } from './temporal/create-worker.js';
import { installLogging } from './temporal/logging.js';
import { ensureSearchAttributes } from './temporal/search-attributes.js';
import { waitFor } from './temporal/wait-for.js';
import { Runtime } from '@temporalio/worker';

/** Starts a worker and keeps it up until SIGTERM or SIGINT; then it drains and ends (S22, S30). */
async function main(): Promise<void> {
  const config = readConfig(process.env, [
    'databaseUrl',
    'workspaceRoot',
    'taskQueue',
    'templates',
    'personas',
    'schemas',
    'backends',
    'maxArtifactBytes',
    'modelCallTimeoutMs',
    'checkoutTimeoutMs',
    'keepConversationsMs',
    'concurrentPhases',
    'shutdownGraceMs',
  ]);
  const { namespace, address } = temporalSettings();
  await registerSearchAttributes(namespace);
  const mirror = openMirror(config.databaseUrl, {
    onConflict: ({ runId }, { type, idempotencyKey }) => {
      Runtime.instance().logger.error('an event key was used for two events', { runId, type, idempotencyKey });
    },
  });
  await waitFor('PostgreSQL', () => checkMigrated(config));
  const connection = await connectWorker();
  try {
    const activities = createActivities({ config, mirror, env: process.env });
    const worker = await createWorker({ connection, namespace, activities, mirror, ...config });
    Runtime.instance().logger.info('worker is ready', { taskQueue: config.taskQueue, namespace, address });
    await runAndLoad(worker);
  } finally {
    await connection.close();
    await mirror.close();
  }
}

/**
 * Runs the worker until it is stopped. It asks for its first tasks, then loads what agents need, which takes as long as
 * all else together.
 */
async function runAndLoad(worker: PhasegateWorker): Promise<void> {
  isWorking = true;
  const running = worker.run();
  const loading = loadActivities().catch((error: unknown) => {
    worker.shutdown();
    throw error;
  });
  // the connection may be closed only once the worker has ended
  for (const result of await Promise.allSettled([running, loading])) {
    if (result.status === 'rejected') throw result.reason;
  }
}

async function registerSearchAttributes(namespace: string): Promise<void> {
  await waitFor('Temporal', async () => {
    const client = await connectClient();
    try {
      await ensureSearchAttributes(client.connection, namespace);
    } catch (error) {
      throw asTemporalFailure(error) ?? error;
    } finally {
      await client.connection.close();
    }
  });
}

async function checkMigrated({ databaseUrl }: Pick<Config, 'databaseUrl'>): Promise<void> {
  const pending = await pendingMigrations(databaseUrl);
  if (pending.length > 0)
    throw new PhasegateError('mirror_not_migrated', `migrations are missing in the database: ${pending.join(', ')}`);
}

/**
 * The first one drains; who sends a second does not want to wait, and a worker that still waits for its servers has
 * nothing to drain. Whatever is lost is begun again elsewhere.
 */
function endOnSignal(signal: 'SIGINT' | 'SIGTERM'): void {
  let count = 0;
  process.on(signal, () => {
    if (isWorking && ++count < 2) return;
    logger.warn(
      isWorking ? `a second ${signal}: the worker ends at once` : `${signal}: the worker ends before it has begun`,
    );
    process.exit(128 + constants.signals[signal]);
  });
}

// LangChain's tracing would send every prompt to a third party
for (const name of Object.keys(process.env)) if (/^(LANGSMITH|LANGCHAIN)_/.test(name)) delete process.env[name];
let isWorking = false;
const logger = installLogging('INFO', process.stderr.isTTY);
for (const signal of ['SIGINT', 'SIGTERM'] as const) endOnSignal(signal);
main().then(
  () => process.exit(0),
  (error: unknown) => {
    const known = error instanceof PhasegateError;
    logger.error(known ? `${error.code}: ${error.message}` : 'the worker failed', known ? {} : { error });
    process.exit(1);
  },
);
