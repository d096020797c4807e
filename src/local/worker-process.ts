import { Client, Connection } from '@temporalio/client';
import { readConfig } from '../config.js';
import { lastPolls } from '../temporal/pollers.js';
import { startService, waitUntilReady, type Service } from './processes/processes.js';
import { STAGES, type Reaper } from './processes/reaper.js';
import { startable } from './startable.js';
import { NAMESPACE, withoutTemporalSettings } from './temporal/temporal-server.js';

export interface WorkerOptions {
  /** Folder of the clone. */
  root: string;
  /** What the stack adds to our own environment. */
  env: Readonly<Record<string, string>>;
  temporalAddress: string;
  taskQueue: string;
  log: string;
  reaper: Reaper;
}

/**
 * With these options a worker needs a third less memory and is as fast as before. package.json and the Dockerfile have
 * them, too.
 */
const FRUGAL = {
  nodeArgs: ['--max-semi-space-size=2'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' },
};
const READY_MS = 90_000;
/** Used where nothing else is set. */
export const LOCAL_GRACE = '5s';

/**
 * Starts a worker and waits until it takes work from the task queue.
 *
 * @throws PhasegateError `local_stack_failed` with the last lines of its log
 */
export async function startWorker(options: WorkerOptions): Promise<Service> {
  const env = {
    ...FRUGAL.env,
    PHASEGATE_SHUTDOWN_GRACE: LOCAL_GRACE,
    ...withoutTemporalSettings(process.env),
    ...options.env,
  };
  // Temporal remembers the polls of a worker that was here before
  const since = Math.floor(Date.now() / 1_000) * 1_000;
  const { shutdownGraceMs } = readConfig(env, ['shutdownGraceMs']);
  const service = await startService(
    {
      name: 'Worker',
      file: process.execPath,
      args: [...FRUGAL.nodeArgs, ...startable('worker.ts')],
      cwd: options.root,
      env,
      log: options.log,
      end: { signal: 'SIGTERM', stage: STAGES.worker, graceMs: shutdownGraceMs + 10_000 },
    },
    options.reaper,
  );
  const connection = await Connection.connect({ address: options.temporalAddress });
  const client = new Client({ connection, namespace: NAMESPACE });
  try {
    await waitUntilReady(service, () => isPolled(client, options.taskQueue, since), READY_MS);
  } finally {
    await connection.close();
  }
  return service;
}

/** Whether it polls for everything that a run needs. Otherwise the first run would wait. */
async function isPolled(client: Client, taskQueue: string, since: number): Promise<true | undefined> {
  const polls = Object.values(await lastPolls(client, taskQueue));
  return polls.every((poll) => poll !== null && poll.getTime() >= since) ? true : undefined;
}
