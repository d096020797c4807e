import type { WorkerOptions } from '@temporalio/worker';
import type { Config } from '../config.js';
import { PhasegateError } from '../domain/failures.js';

/** A version of a worker deployment, and what it does with open runs when another version becomes the current one. */
export interface WorkerVersion {
  deploymentName: string;
  buildId: string;
  behavior: 'AUTO_UPGRADE' | 'PINNED';
}

/**
 * The version that the configuration gives a worker; null where it gives none.
 *
 * @throws PhasegateError `config_invalid` when only one of name and build is set
 */
export function workerVersion({
  deploymentName,
  buildId,
  versioning,
}: Pick<Config, 'deploymentName' | 'buildId' | 'versioning'>): WorkerVersion | null {
  if ((deploymentName === '') !== (buildId === '')) {
    const missing = buildId === '' ? 'PHASEGATE_BUILD_ID' : 'PHASEGATE_DEPLOYMENT_NAME';
    throw new PhasegateError(
      'config_invalid',
      `${missing} is not set: PHASEGATE_DEPLOYMENT_NAME and PHASEGATE_BUILD_ID belong together; set both or none`,
    );
  }
  if (deploymentName === '') return null;
  // runs wait for months at gates, so workers of old versions would have to stay for as long
  return { deploymentName, buildId, behavior: versioning === 'pinned' ? 'PINNED' : 'AUTO_UPGRADE' };
}

/** The same for the SDK. Both workers of a process need it: a task queue belongs to versions as a whole. */
export function deploymentOptions({
  deploymentName,
  buildId,
  behavior,
}: WorkerVersion): NonNullable<WorkerOptions['workerDeploymentOptions']> {
  return {
    useWorkerVersioning: true,
    version: { deploymentName, buildId },
    defaultVersioningBehavior: behavior,
  };
}
