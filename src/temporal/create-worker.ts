import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
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

const CACHED_WORKFLOWS = 300;

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
    // half a megabyte each (measured): most runs wait at gates, and one that is decided is replayed in milliseconds
    maxCachedWorkflows: CACHED_WORKFLOWS,
    interceptors: { activity: [logAttributes] },
    // else a killed worker's progress is 80 % of the heartbeat time-out old (measured)
    maxHeartbeatThrottleInterval: '1500ms',
    // else the first decision after a worker was killed waits for 10 s (measured)
    stickyQueueScheduleToStartTimeout: '3s',
  });
}

/** The bundle that `npm run build` made, or the sources to bundle now; also where the bundle is older than they are. */
function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const fromSources = import.meta.url.endsWith('.ts');
  const bundle = fileURLToPath(new URL(fromSources ? '../../dist/workflow-bundle.js' : '../workflow-bundle.js', import.meta.url));
  const isCurrent = existsSync(bundle) && (!fromSources || statSync(bundle).mtimeMs > newestSource(fileURLToPath(new URL('..', import.meta.url))));
  return isCurrent ? { workflowBundle: { codePath: bundle } } : { workflowsPath: WORKFLOWS_PATH };
}

function newestSource(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs));
}
