import { constants } from 'node:os';
import { Runtime, type Logger, type NativeConnection } from '@temporalio/worker';
import { createActivities, loadActivities } from '../activities/index.js';
import { readConfig, type Config } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import { NO_METER, type WorkMeter } from '../domain/record/work-meter.js';
import { parseSocketPlace } from '../domain/text/socket-place.js';
import type { Mirror } from '../mirror/types.js';
import { SANDBOX_SETTINGS } from '../sandbox/common-setup.js';
import { workerSandbox } from '../sandbox/worker-sandbox.js';
import { connectClient, temporalSettings } from '../temporal/connection.js';
import { payloadCodecs } from '../temporal/encryption/payload-codecs.js';
import { asTemporalFailure } from '../temporal/grpc-errors.js';
import { ensureSearchAttributes } from '../temporal/search-attributes.js';
import { createWorker, type PhasegateWorker } from './create-worker.js';
import type { HealthServer } from './health/health-server.js';
import { installLogging } from './logging.js';
import { keepGauges } from './metrics/gauges.js';
import { workerMeter } from './metrics/worker-meter.js';
import { waitFor } from './wait-for.js';
import { workerVersion } from './worker-version.js';
import { connectWorker } from './worker-connection.js';

/**
 * Starts a worker and keeps it up until SIGTERM or SIGINT. Then it finishes its work and ends (S22, S30). Errors are
 * logged.
 *
 * @returns the exit code of its process
 */
export async function runWorker(): Promise<number> {
  const logger = logs();
  if (logger === null) return 1;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) endOnSignal(signal, logger);
  try {
    await work();
    return 0;
  } catch (error) {
    const known = error instanceof PhasegateError;
    logger.error(known ? `${error.code}: ${error.message}` : 'the worker failed', known ? {} : { error });
    return 1;
  }
}

/** Null, and the reason is written, where the configuration of logs or metrics is wrong. */
function logs(): Logger | null {
  try {
    const { logLevel, metricsAddress } = readConfig(process.env, ['logLevel', 'metricsAddress']);
    return installLogging(logLevel, process.stderr.isTTY, metricsAddress);
  } catch (error) {
    if (!(error instanceof PhasegateError)) throw error;
    process.stderr.write(`${error.code}: ${error.message}\n`);
    return null;
  }
}

let isWorking = false;

async function work(): Promise<void> {
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
    'commandEnv',
    'sandboxHostNetwork',
    'concurrentPhases',
    'shutdownGraceMs',
    'metricsAddress',
    'healthAddress',
    'deploymentName',
    'buildId',
    'versioning',
    ...SANDBOX_SETTINGS,
  ]);
  const { namespace, address } = temporalSettings();
  const codecs = payloadCodecs(process.env);
  const version = workerVersion(config);
  const up: Up = { worker: null, connection: null };
  const health = await answerProbes(config.healthAddress, up);
  // the database's packages are loaded while Temporal answers
  const meter = config.metricsAddress === '' ? NO_METER : workerMeter();
  const [connection, mirror] = await Promise.all([reachTemporal(namespace), reachMirror(config, meter)]);
  const sandbox = workerSandbox(config, process.env);
  const endGauges = config.metricsAddress === '' ? () => {} : keepGauges(mirror, sandbox);
  try {
    const activities = createActivities({ config, mirror, meter, sandbox, env: process.env });
    const worker = await createWorker({ connection, namespace, activities, payloadCodecs: codecs, version, ...config });
    Object.assign(up, { worker, connection });
    Runtime.instance().logger.info('worker is ready', { taskQueue: config.taskQueue, namespace, address });
    await runAndLoad(worker);
  } finally {
    endGauges();
    up.connection = null;
    await connection.close();
    await mirror.close();
    await sandbox.close();
    health?.close();
  }
}

/** What the probes look at, as far as it is there. */
interface Up {
  worker: PhasegateWorker | null;
  connection: NativeConnection | null;
}

const WORKFLOW_SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';

/** Probes are answered before the worker has reached its servers. */
async function answerProbes(address: string, up: Up): Promise<HealthServer | null> {
  const place = parseSocketPlace(address);
  if (!place) return null;
  const { startHealthServer } = await import('./health/health-server.js');
  return startHealthServer(place, {
    states: () => up.worker?.states() ?? [],
    askTemporal: async () => {
      if (!up.connection) throw new Error('there is no connection');
      await up.connection.healthService.check({ service: WORKFLOW_SERVICE });
    },
  });
}

/** Waits for Temporal, and makes sure that it has our search attributes. */
async function reachTemporal(namespace: string): Promise<NativeConnection> {
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
  return connectWorker();
}

/** Waits for PostgreSQL, and makes sure that it has our tables. */
async function reachMirror({ databaseUrl }: Pick<Config, 'databaseUrl'>, meter: WorkMeter): Promise<Mirror> {
  const [{ openMirror }, { pendingMigrations }] = await Promise.all([
    import('../mirror/mirror.js'),
    import('../mirror/migrate.js'),
  ]);
  await waitFor('PostgreSQL', async () => {
    const pending = await pendingMigrations(databaseUrl);
    if (pending.length > 0)
      throw new PhasegateError('mirror_not_migrated', `migrations are missing in the database: ${pending.join(', ')}`);
  });
  return openMirror(databaseUrl, {
    onAppended: (events) => meter.eventsWritten(events),
    onConflict: ({ runId }, { type, idempotencyKey }) => {
      Runtime.instance().logger.error('an event key was used for two events', { runId, type, idempotencyKey });
    },
  });
}

/**
 * Runs the worker until it is stopped. It asks for its first tasks, and then loads what agents need. That takes as long
 * as everything else together.
 */
async function runAndLoad(worker: PhasegateWorker): Promise<void> {
  isWorking = true;
  const running = worker.run();
  const loading = loadActivities().catch((error: unknown) => {
    worker.shutdown();
    throw error;
  });
  // the connection may be closed only after the worker has ended
  for (const result of await Promise.allSettled([running, loading])) {
    if (result.status === 'rejected') throw result.reason;
  }
}

/**
 * The first signal lets the worker finish its work. The second ends it at once. So does the first while the worker
 * still waits for its servers, because it has no work yet. Another worker does the lost work again.
 */
function endOnSignal(signal: 'SIGINT' | 'SIGTERM', logger: Logger): void {
  let count = 0;
  process.on(signal, () => {
    if (isWorking && ++count < 2) return;
    logger.warn(
      isWorking ? `a second ${signal}: the worker ends at once` : `${signal}: the worker ends before it has begun`,
    );
    process.exit(128 + constants.signals[signal]);
  });
}
