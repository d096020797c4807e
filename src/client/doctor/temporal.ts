import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import type { Config } from '../../config.js';
import { WORKFLOW_TYPE } from '../../domain/names.js';
import { connectClient, temporalSettings } from '../../temporal/connection.js';
import { IS_OPEN } from '../../temporal/execution-state.js';
import { lastPolls } from '../../temporal/pollers.js';
import { lookAtSearchAttributes, mistypedTodo } from '../../temporal/search-attributes.js';
import { scheduleIdOf } from '../../temporal/reconcile-schedule.js';
import { checkDeployment } from './deployment.js';
import { bounded, fail, ok, warn, type CheckResult } from './check.js';

const DAY_S = 86_400;

/** Temporal: whether it can be reached, its namespace, what is registered there, and which workers poll the queue. */
export async function checkTemporal({
  taskQueue,
  deploymentName: name,
  buildId,
}: Pick<Config, 'taskQueue' | 'deploymentName' | 'buildId'>): Promise<CheckResult[]> {
  const todo = 'check TEMPORAL_ADDRESS, and that the server runs';
  return bounded('Temporal', todo, async () => {
    const { address, namespace } = temporalSettings();
    const client = await connectClient();
    try {
      const answer = ok(`Temporal answers at ${address}`);
      const checks = [
        checkNamespace(client, namespace),
        checkSearchAttributes(client, namespace),
        checkPollers(client, taskQueue),
        checkSchedule(client, taskQueue),
        checkDeployment(client, { name, buildId, taskQueue }),
      ];
      return [answer, ...(await Promise.all(checks)).flat()];
    } finally {
      await client.connection.close();
    }
  });
}

function checkNamespace(client: Client, namespace: string): Promise<CheckResult[]> {
  return bounded(
    `namespace ${namespace}`,
    `create it: temporal operator namespace create --namespace ${namespace}`,
    async () => {
      const { config } = await client.workflowService.describeNamespace({ namespace });
      const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_S;
      const text = `namespace ${namespace}, closed runs are kept for ${Math.round(days)} days`;
      return [
        days >= 7
          ? ok(text)
          : warn(text, `keep them longer: temporal operator namespace update --namespace ${namespace} --retention 30d`),
      ];
    },
  );
}

function checkSearchAttributes(client: Client, namespace: string): Promise<CheckResult[]> {
  return bounded('search attributes', 'start a worker: it registers them where it may', async () => {
    const { missing, mistyped } = await lookAtSearchAttributes(client.connection, namespace);
    const findings: CheckResult[] = [];
    if (missing.length > 0) {
      const todo = 'start a worker: it registers them, or says the commands that do';
      findings.push(fail(`search attributes are missing: ${missing.join(', ')}`, todo));
    }
    if (mistyped.length > 0) {
      const text = `search attributes have another type than runs write: ${mistyped.join(', ')}`;
      findings.push(fail(text, mistypedTodo(mistyped, namespace)));
    }
    return findings.length > 0 ? findings : [ok('search attributes are registered, with their types')];
  });
}

function checkPollers(client: Client, taskQueue: string): Promise<CheckResult[]> {
  return bounded(`task queue ${taskQueue}`, 'check the namespace', async () => {
    const queue = taskQueue.replaceAll("'", "\\'");
    const query = `WorkflowType = '${WORKFLOW_TYPE}' AND ${IS_OPEN} AND TaskQueue = '${queue}'`;
    const [{ workflow, phases, short }, { count }] = await Promise.all([
      lastPolls(client, taskQueue),
      client.workflow.count(query),
    ]);
    const todo = `start a worker with PHASEGATE_TASK_QUEUE=${taskQueue}: npm run worker`;
    const open = `${count} open runs`;
    if (workflow && short)
      return [
        ok(`task queue ${taskQueue}: ${open}, last polled ${ago(workflow)} ago`),
        ...(phases ? [] : [noPlace(taskQueue)]),
      ];
    const text = `task queue ${taskQueue}: ${open}, and no worker polls it${workflow ? ' for activities' : ''}`;
    return [count > 0 ? fail(text, todo) : warn(text, todo)];
  });
}

/** A worker whose places are all taken does not ask for tasks. */
function noPlace(taskQueue: string): CheckResult {
  const text = `task queue ${taskQueue}: nobody has asked for a phase in the last minutes`;
  return warn(text, 'where phases wait: start another worker, or raise PHASEGATE_CONCURRENT_PHASES');
}

function checkSchedule(client: Client, taskQueue: string): Promise<CheckResult[]> {
  return bounded('reconciling schedule', 'see docs/operating.md', async () => {
    const found = await client.schedule
      .getHandle(scheduleIdOf(taskQueue))
      .describe()
      .catch((error: unknown) => {
        if (error instanceof ScheduleNotFoundError) return null;
        throw error;
      });
    if (found === null) return [warn('no schedule reconciles the mirror', 'npm run client -- reconcile --schedule')];
    const last = found.info.recentActions.at(-1)?.takenAt;
    return [ok(`a schedule reconciles the mirror${last ? `, last ${ago(last)} ago` : ''}`)];
  });
}

function ago(when: Date): string {
  return `${Math.max(0, Math.round((Date.now() - when.getTime()) / 1_000))} s`;
}
