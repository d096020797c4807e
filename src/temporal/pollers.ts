import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { shortQueueOf } from '../domain/names.js';

const { TaskQueueType } = proto.temporal.api.enums.v1;

/**
 * When a worker last polled a task queue, for workflow tasks or for activities; null when no worker did in the last
 * minutes.
 */
export async function lastPoll(
  client: Client,
  taskQueue: string,
  kind: 'workflow' | 'activity' = 'workflow',
): Promise<Date | null> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType:
      kind === 'workflow' ? TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW : TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  const times = (pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000);
  return times.length === 0 ? null : new Date(Math.max(...times));
}

/** When workers last polled for everything that a run needs: its own tasks, its phases, its short activities. */
export async function lastPolls(
  client: Client,
  taskQueue: string,
): Promise<Record<'workflow' | 'phases' | 'short', Date | null>> {
  const [workflow, phases, short] = await Promise.all([
    lastPoll(client, taskQueue),
    lastPoll(client, taskQueue, 'activity'),
    lastPoll(client, shortQueueOf(taskQueue), 'activity'),
  ]);
  return { workflow, phases, short };
}
