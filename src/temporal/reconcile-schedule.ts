import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { DEFAULT_TASK_QUEUE, RECONCILE_SCHEDULE_ID, RECONCILE_WORKFLOW_TYPE } from '../domain/names.js';

export interface ReconcileSchedule {
  taskQueue: string;
  everyMs: number;
  settleMs: number;
  full: boolean;
}

/**
 * Makes Temporal reconcile regularly. When it is called again, it changes the schedule that is there. It gives the
 * schedule's id.
 */
export async function setSchedule(client: Client, wanted: ReconcileSchedule): Promise<string> {
  const options = optionsOf(wanted);
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(options.scheduleId).update((before) => ({ ...before, ...options }));
  }
  return options.scheduleId;
}

/** Ends the schedule. Gives false when there was none. */
export async function removeSchedule(client: Client, taskQueue: string): Promise<boolean> {
  try {
    await client.schedule.getHandle(scheduleIdOf(taskQueue)).delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

/** Another task queue may have a mirror of its own, and then needs a pass of its own. */
export function scheduleIdOf(taskQueue: string): string {
  return taskQueue === DEFAULT_TASK_QUEUE ? RECONCILE_SCHEDULE_ID : `${RECONCILE_SCHEDULE_ID}-${taskQueue}`;
}

function optionsOf({ taskQueue, everyMs, settleMs, full }: ReconcileSchedule): ScheduleOptions {
  const scheduleId = scheduleIdOf(taskQueue);
  return {
    scheduleId,
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: RECONCILE_WORKFLOW_TYPE,
      workflowId: scheduleId,
      taskQueue,
      args: [{ settleMs, full }],
    },
    // passes may run at once and do no harm, but nobody needs a queue of them
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: everyMs },
  };
}
