import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../domain/activity-contract.js';
import { logAttributes } from './log-attributes.js';
import { PAYLOAD_CONVERTER_PATH, workflowBundle } from './workflow-bundle.js';

/** What a worker needs beside the settings that were measured to matter. */
export interface WorkerParts {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: Activities;
  concurrentPhases: number;
  shutdownGraceMs: number;
  /** Other workflows than the product's own. */
  workflowBundle?: WorkerOptions['workflowBundle'];
}

const CACHED_WORKFLOWS = 300;

/** A worker for the workflow and all activities. */
export async function createWorker(parts: WorkerParts): Promise<Worker> {
  const { connection, namespace, taskQueue, activities, concurrentPhases, shutdownGraceMs } = parts;
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    workflowBundle: parts.workflowBundle ?? (await workflowBundle()),
    dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER_PATH },
    maxConcurrentActivityTaskExecutions: concurrentPhases,
    shutdownGraceTime: shutdownGraceMs,
    // half a megabyte each (measured): most runs wait at gates, and one that is decided is replayed in milliseconds
    maxCachedWorkflows: CACHED_WORKFLOWS,
    interceptors: { activity: [logAttributes] },
    // else a killed worker's progress is 80 % of the heartbeat time-out old (measured)
    maxHeartbeatThrottleInterval: '1500ms',
    // else the first decision after a worker was killed waits for 10 s (measured)
    stickyQueueScheduleToStartTimeout: '3s',
  });
}
