import type { Activities } from '../domain/activity-contract.js';
import type { ActivityDeps } from './deps.js';
import { createFindReopenedRuns } from './find-reopened-runs.js';
import { beating } from './heartbeat.js';
import { createNotify } from './notify.js';
import { createReconcileRuns } from './reconcile-runs.js';
import { createRecordEvents } from './record-events.js';
import { requestCancellation } from './request-cancellation.js';

/**
 * All activities of a worker. What takes long to load (agents, schemas) is loaded when it is first needed, or before when somebody
 * imports it: a worker asks for its first tasks before that.
 *
 * @param deps - built by the worker, the only place that puts things together
 */
export function createActivities(deps: ActivityDeps): Activities {
  return {
    planRun: beating(later(async () => (await import('./plan-run.js')).createPlanRun(deps))),
    executePhase: later(async () => (await import('./execute-phase.js')).createExecutePhase(deps)),
    recordEvents: beating(createRecordEvents(deps)),
    closeRun: beating(later(async () => (await import('./close-run.js')).createCloseRun(deps))),
    checkEditedArtifact: beating(later(async () => (await import('./check-edited-artifact.js')).createCheckEditedArtifact(deps))),
    notify: beating(createNotify(deps)),
    requestCancellation: beating(requestCancellation),
    reconcileRuns: createReconcileRuns(deps),
    findReopenedRuns: createFindReopenedRuns(deps),
  };
}

function later<A extends unknown[], R>(load: () => Promise<(...args: A) => Promise<R>>): (...args: A) => Promise<R> {
  return async (...args) => (await load())(...args);
}
