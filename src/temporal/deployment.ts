import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { shortQueueOf } from '../domain/names.js';
import { IS_OPEN } from './execution-state.js';
import { GRPC, grpcStatusOf } from './grpc-errors.js';

const { TaskQueueType } = proto.temporal.api.enums.v1;

/** One version of a worker deployment. */
export interface DeploymentVersion {
  buildId: string;
  /** Open runs that a worker of this version must do, as far as Temporal's visibility knows. */
  openRuns: number;
  /** Whether its workers polled for a run's own tasks, and for short activities, in the last minutes. */
  isPolling: boolean;
}

/** A worker deployment as Temporal has it. */
export interface Deployment {
  /** The build that gets new runs; null: none does, and they wait. */
  currentBuildId: string | null;
  versions: DeploymentVersion[];
}

/**
 * What Temporal knows of a worker deployment.
 *
 * @returns null when no worker of it has ever asked for work
 */
export async function readDeployment(client: Client, name: string, taskQueue: string): Promise<Deployment | null> {
  const { namespace } = client.options;
  const described = await client.workflowService
    .describeWorkerDeployment({ namespace, deploymentName: name })
    .catch((error: unknown) => {
      if (grpcStatusOf(error) === GRPC.notFound) return null;
      throw error;
    });
  if (described === null) return null;
  const { routingConfig, versionSummaries } = described.workerDeploymentInfo ?? {};
  const builds = (versionSummaries ?? []).flatMap(({ deploymentVersion }) => deploymentVersion?.buildId ?? []);
  const [runs, short] = await Promise.all([
    pollingBuilds(client, name, taskQueue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
    pollingBuilds(client, name, shortQueueOf(taskQueue), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
  ]);
  const versions = builds.map(async (buildId) => ({
    buildId,
    openRuns: await openRunsOf(client, name, buildId),
    isPolling: runs.has(buildId) && short.has(buildId),
  }));
  return {
    currentBuildId: routingConfig?.currentDeploymentVersion?.buildId ?? null,
    versions: await Promise.all(versions),
  };
}

/** A query of Temporal's visibility for the open runs of a version. */
export function openRunsQuery(name: string, buildId: string): string {
  const version = `${name}:${buildId}`.replaceAll("'", "\\'");
  return `TemporalWorkerDeploymentVersion = '${version}' AND ${IS_OPEN}`;
}

async function openRunsOf(client: Client, name: string, buildId: string): Promise<number> {
  return (await client.workflow.count(openRunsQuery(name, buildId))).count;
}

async function pollingBuilds(
  client: Client,
  name: string,
  taskQueue: string,
  taskQueueType: proto.temporal.api.enums.v1.TaskQueueType,
): Promise<Set<string>> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType,
  });
  const own = (pollers ?? []).filter(({ deploymentOptions }) => deploymentOptions?.deploymentName === name);
  return new Set(own.flatMap(({ deploymentOptions }) => deploymentOptions?.buildId ?? []));
}
