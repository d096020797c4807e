import type { PayloadCodec } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../domain/activity-contract.js';
import { shortQueueOf } from '../domain/names.js';
import { deploymentOptions, type WorkerVersion } from './worker-version.js';
import { logAttributes } from './log-attributes.js';
import { PAYLOAD_CONVERTER_PATH, workflowBundle } from './workflow-bundle.js';

/** What a worker needs. The settings whose effect was measured are not among it. */
export interface WorkerParts {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: Activities;
  /** What encrypts and decrypts. It must be there without keys, too. */
  payloadCodecs: PayloadCodec[];
  concurrentPhases: number;
  shutdownGraceMs: number;
  /** The version of this worker, where runs are given out by versions; null where they are not. */
  version?: WorkerVersion | null;
  /** Workflows other than the product's own. */
  workflowBundle?: WorkerOptions['workflowBundle'];
}

/** Both workers of a process, as one. */
export interface PhasegateWorker {
  /**
   * Works until it is shut down, by `shutdown` or a signal, and its work is done. When one of the two workers fails,
   * the other ends, too.
   */
  run(): Promise<void>;
  shutdown(): void;
  /** The SDK's state of each worker. */
  states(): string[];
  /** The number of runs that are kept in memory. */
  readonly cachedWorkflows: number;
}

/**
 * How long one activation of a workflow may take. The SDK's default is 5 s: it then interrupts the workflow's thread,
 * and Node ends the whole process (sdk-typescript#939). The option is not among the SDK's public types.
 */
const LONGEST_ACTIVATION = { isolateExecutionTimeout: '60s' };
const CACHED_WORKFLOWS = 300;
/**
 * Number of activities at once in which no agent works: a plan, events, a report. They wait for git and PostgreSQL most
 * of the time.
 */
const SHORT_ACTIVITIES = 100;

/**
 * Creates the workers of this process. One is for runs and their phases; it begins a phase as soon as a run wants one
 * and there is a place. The other is for short activities, on a task queue of its own with places of its own.
 */
export async function createWorker(parts: WorkerParts): Promise<PhasegateWorker> {
  const { connection, namespace, taskQueue, activities, payloadCodecs, concurrentPhases, shutdownGraceMs } = parts;
  const both: WorkerOptions = {
    connection,
    namespace,
    taskQueue,
    activities,
    dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER_PATH, payloadCodecs },
    ...(parts.version && { workerDeploymentOptions: deploymentOptions(parts.version) }),
    shutdownGraceTime: shutdownGraceMs,
    interceptors: { activity: [logAttributes] },
    // without this a killed worker's progress is as old as 80 % of the heartbeat time-out: 8 s
    maxHeartbeatThrottleInterval: '1500ms',
  };
  const runs = await Worker.create({
    ...both,
    ...LONGEST_ACTIVATION,
    workflowBundle: parts.workflowBundle ?? (await workflowBundle()),
    maxConcurrentActivityTaskExecutions: concurrentPhases,
    // local activities make plans, within a run's first workflow task
    maxConcurrentLocalActivityExecutions: SHORT_ACTIVITIES,
    // each takes half a megabyte: most runs wait at gates, and a run that is decided is replayed in milliseconds
    maxCachedWorkflows: CACHED_WORKFLOWS,
    // without this the first decision after a worker was killed waits for 10 s
    stickyQueueScheduleToStartTimeout: '3s',
  });
  const others = await Worker.create({
    ...both,
    taskQueue: shortQueueOf(taskQueue),
    maxConcurrentActivityTaskExecutions: SHORT_ACTIVITIES,
  });
  return together([runs, others]);
}

function together(workers: readonly Worker[]): PhasegateWorker {
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    async run() {
      const ends = await Promise.allSettled(workers.map((worker) => worker.run().finally(shutdown)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    shutdown,
    states: () => workers.map((worker) => worker.getState()),
    cachedWorkflows: CACHED_WORKFLOWS,
  };
}
