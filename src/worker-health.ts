import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { readConfig } from './config.js';
import { connectClient, temporalSettings } from './temporal/connection.js';

/** Workers poll at least once a minute. Temporal lists a poller for five minutes after its last poll. */
const LONGEST_SILENCE_MS = 150_000;

/**
 * Health check of a container. It exits with 0 when Temporal has heard lately from a worker of this host, on the task
 * queue of this configuration. A process that only exists, or can't reach Temporal, is not healthy.
 */
async function main(): Promise<string | undefined> {
  const { taskQueue } = readConfig(process.env, ['taskQueue']);
  const { namespace } = temporalSettings();
  const client = await connectClient();
  try {
    const silence = await silenceMs(client, namespace, taskQueue);
    if (silence === undefined) return `no worker of ${hostname()} polls the task queue ${taskQueue}`;
    return silence > LONGEST_SILENCE_MS
      ? `the worker of ${hostname()} last polled ${Math.round(silence / 1000)} s ago`
      : undefined;
  } finally {
    await client.connection.close();
  }
}

/** How long ago this host's worker last asked for work, in milliseconds; undefined when that is not known. */
async function silenceMs(
  { workflowService }: Client,
  namespace: string,
  taskQueue: string,
): Promise<number | undefined> {
  const { pollers } = await workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    // the polls for activities don't count: a worker whose places are all taken does not ask for more
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  // the SDK calls a worker `pid@host`
  const mine = (pollers ?? []).filter(({ identity }) => identity?.endsWith(`@${hostname()}`));
  const times = mine.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
  return times.length === 0 ? undefined : Date.now() - Math.max(...times);
}

main().then(
  (problem) => {
    if (problem) process.stderr.write(`${problem}\n`);
    process.exit(problem ? 1 : 0);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
