import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../domain/activity-contract.js';
import { logAttributes } from './log-attributes.js';

/** What a worker needs beside the settings that were measured to matter. */
export interface WorkerParts {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: Activities;
  concurrentPhases: number;
  shutdownGraceMs: number;
  /** A bundle made before, for tests that start many workers. */
  workflowBundle?: WorkerOptions['workflowBundle'];
}

/** Modules by the name they have beside this one, as sources and in `dist/`. */
function beside(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`${name}.${extension}`, import.meta.url));
}

export const WORKFLOWS_PATH = beside('../workflows/index');
export const PAYLOAD_CONVERTER_PATH = beside('./payload-converter');

/** A worker for the workflow and all activities. */
export async function createWorker(parts: WorkerParts): Promise<Worker> {
  const { connection, namespace, taskQueue, activities, concurrentPhases, shutdownGraceMs } = parts;
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    ...(parts.workflowBundle ? { workflowBundle: parts.workflowBundle } : workflowSource()),
    dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER_PATH },
    maxConcurrentActivityTaskExecutions: concurrentPhases,
    shutdownGraceTime: shutdownGraceMs,
    interceptors: { activity: [logAttributes] },
    // else a killed worker's progress is 80 % of the heartbeat time-out old (measured)
    maxHeartbeatThrottleInterval: '1500ms',
    // else the first decision after a worker was killed waits for 10 s (measured)
    stickyQueueScheduleToStartTimeout: '3s',
  });
}

/** The bundle that `npm run build` made, or the sources to bundle now. */
function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const bundle = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  return existsSync(bundle) ? { workflowBundle: { codePath: bundle } } : { workflowsPath: WORKFLOWS_PATH };
}
