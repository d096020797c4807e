import type { Client } from '@temporalio/client';
import { openRunsQuery, readDeployment, type Deployment } from '../../temporal/deployment.js';
import { bounded, fail, ok, warn, type CheckResult } from './check.js';

/**
 * Worker versions: whether new runs get a worker, and whether every open run has one.
 *
 * @param name - PHASEGATE_DEPLOYMENT_NAME; empty where versions are off
 * @param buildId - PHASEGATE_BUILD_ID
 */
export async function checkDeployment(
  client: Client,
  { name, buildId, taskQueue }: { name: string; buildId: string; taskQueue: string },
): Promise<CheckResult[]> {
  if (name === '') return [];
  return bounded(`worker deployment ${name}`, 'see docs/production.md', async () => {
    const deployment = await readDeployment(client, name, taskQueue);
    if (deployment === null)
      return [fail(`worker deployment ${name}: no worker of it has asked for work yet`, 'start one: npm run worker')];
    return deploymentFindings(name, buildId, deployment);
  });
}

/** What a deployment means for runs. @param ownBuild - the build of this configuration */
export function deploymentFindings(name: string, ownBuild: string, deployment: Deployment): CheckResult[] {
  return [currentVersion(name, ownBuild, deployment), ...strandedRuns(name, deployment)];
}

function currentVersion(name: string, ownBuild: string, { currentBuildId, versions }: Deployment): CheckResult {
  const setCurrent = (build: string) =>
    `temporal worker deployment set-current-version --deployment-name ${name} --build-id ${build} --yes`;
  if (currentBuildId === null)
    return fail(`worker deployment ${name} has no current version: new runs wait`, setCurrent(ownBuild));
  const text = `worker deployment ${name}: version ${currentBuildId} gets new runs`;
  const current = versions.find(({ buildId }) => buildId === currentBuildId);
  if (current?.isPolling) return ok(text);
  const other = versions.find(({ isPolling }) => isPolling);
  const instead = other ? `, or: ${setCurrent(other.buildId)}` : '';
  return fail(
    `${text}, and no worker of it polls both task queues`,
    `start a worker with PHASEGATE_BUILD_ID=${currentBuildId}${instead}`,
  );
}

/** Runs that are pinned to a version without workers. */
function strandedRuns(name: string, { currentBuildId, versions }: Deployment): CheckResult[] {
  return versions
    .filter(({ buildId, isPolling, openRuns }) => buildId !== currentBuildId && !isPolling && openRuns > 0)
    .map(({ buildId, openRuns }) =>
      warn(
        `${openRuns} open runs last worked on version ${buildId}, which has no workers; runs that are pinned to it wait`,
        `temporal workflow update-options --versioning-override-behavior auto_upgrade --yes --query "${openRunsQuery(name, buildId)}"`,
      ),
    );
}
