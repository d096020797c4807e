import type { Activities } from '../domain/activity-contract.js';
import { createCheckEditedArtifact } from './check-edited-artifact.js';
import { createCloseRun } from './close-run.js';
import type { ActivityDeps } from './deps.js';
import { createFindReopenedRuns } from './find-reopened-runs.js';
import { beating } from './heartbeat.js';
import { createNotify } from './notify.js';
import { createPlanRun } from './plan-run.js';
import { createReconcileRuns } from './reconcile-runs.js';
import { createRecordEvents } from './record-events.js';
import { requestCancellation } from './request-cancellation.js';

/**
 * All activities of a worker.
 *
 * @param deps - built by the worker, the only place that puts things together
 */
export function createActivities(deps: ActivityDeps): Activities {
  return {
    planRun: beating(createPlanRun(deps)),
    // agents take as long to load as all else together
    executePhase: async (task) => (await import('./execute-phase.js')).createExecutePhase(deps)(task),
    recordEvents: beating(createRecordEvents(deps)),
    closeRun: beating(createCloseRun(deps)),
    checkEditedArtifact: beating(createCheckEditedArtifact(deps)),
    notify: beating(createNotify(deps)),
    requestCancellation: beating(requestCancellation),
    reconcileRuns: createReconcileRuns(deps),
    findReopenedRuns: createFindReopenedRuns(deps),
  };
}
