import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { readConfig } from '../../config.js';
import { PhasegateError } from '../../domain/failures.js';
import { RECONCILE_WORKFLOW_TYPE } from '../../domain/names.js';
import { SETTLE_MS, type ReconcileResult } from '../../domain/record/reconcile.js';
import { connectClient } from '../../temporal/connection.js';
import { removeSchedule, setSchedule } from '../../temporal/reconcile-schedule.js';
import { readDuration } from '../command-line/arguments.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { pollText } from '../command-line/explain-run.js';
import { withClient } from '../command-line/with-client.js';

/** How long a worker may take to begin. */
const BEGIN_MS = 6_000;
const EVERY_MS = 10 * 60_000;

/**
 * `reconcile`: closes runs in the mirror that Temporal has closed and that could not write it. It runs once, or by a
 * Temporal Schedule.
 */
export const reconcile = defineCommand({
  usage: '[--full] [--schedule [--every 10m] | --unschedule] [--settle 60s]',
  about: 'close runs in the mirror that ended in Temporal and could not tell it, such as terminated ones',
  options: {
    full: {
      type: 'boolean',
      about: 'look at every run that has no end, not only at those that closed since the last pass',
    },
    settle: { type: 'string', value: 'TIME', about: 'leave runs alone that changed less than this ago (60s)' },
    schedule: { type: 'boolean', about: 'let Temporal do it regularly; give it again to change how often' },
    every: { type: 'string', value: 'TIME', about: 'how often (10m)' },
    unschedule: { type: 'boolean', about: 'remove the schedule' },
  },
  run: async ({ full = false, settle, schedule, every, unschedule, json }) => {
    const { taskQueue } = readConfig(process.env, ['taskQueue']);
    const settleMs = readDuration(settle, '--settle', SETTLE_MS);
    if (unschedule) {
      const removed = await withClient((client) => removeSchedule(client, taskQueue));
      print(json, { removed }, removed ? 'the schedule is removed' : 'there was no schedule');
    } else if (schedule) {
      const everyMs = readDuration(every, '--every', EVERY_MS);
      const scheduleId = await withClient((client) => setSchedule(client, { taskQueue, everyMs, settleMs, full }));
      print(json, { scheduleId, everyMs }, `the schedule ${scheduleId} reconciles every ${everyMs / 1_000} s`);
    } else {
      const result = await runPass(taskQueue, { settleMs, full });
      print(json, result, resultText(result));
      return result.failed.length === 0 ? EXIT.ok : EXIT.failed;
    }
    return EXIT.ok;
  },
});

async function runPass(taskQueue: string, options: { settleMs: number; full: boolean }): Promise<ReconcileResult> {
  const client = await connectClient();
  try {
    const workflowId = `phasegate-reconcile-${new Date().toISOString().replace(/\D/g, '')}`;
    const handle = await client.workflow.start(RECONCILE_WORKFLOW_TYPE, { taskQueue, workflowId, args: [options] });
    const result = handle.result() as Promise<ReconcileResult>;
    result.catch(() => undefined);
    await untilBegun(client, handle, result, taskQueue);
    return await result;
  } finally {
    await client.connection.close();
  }
}

/** Without a worker nothing would ever happen. So the workflow is ended again, and the person is told. */
async function untilBegun(
  client: Client,
  handle: WorkflowHandle,
  result: Promise<unknown>,
  taskQueue: string,
): Promise<void> {
  const deadline = Date.now() + BEGIN_MS;
  while ((await handle.describe()).historyLength <= 2) {
    if (Date.now() > deadline) {
      await handle.terminate('no worker took it');
      throw new PhasegateError('worker_unavailable', `nothing was reconciled: ${await pollText(client, taskQueue)}`);
    }
    await Promise.race([sleep(200), result]);
  }
}

function resultText({ looked, closedCount, closed, failed, reopened }: ReconcileResult): string {
  return [
    `looked at ${looked} runs that have no end or no report in the mirror, and closed ${closedCount} of them`,
    ...closed.map(
      ({ workflowId, runId, state, code }) =>
        `closed: ${workflowId} (run ${runId}): ${state}${code ? `, ${code}` : ''}`,
    ),
    ...failed.map(({ workflowId, runId, message }) => `could not be closed: ${workflowId} (run ${runId}): ${message}`),
    ...reopened.map(
      ({ workflowId, runId, mirrorState }) =>
        `open in Temporal, ${mirrorState} in the mirror (a reset; its next event puts it right): ${workflowId} (run ${runId})`,
    ),
  ].join('\n');
}
