import type { Activities } from '../domain/activity-contract.js';
import type { ActivityDeps } from './deps.js';
import { beating } from './heartbeat.js';
import { createNotify } from './notify.js';
import { createReconcileMark } from './reconcile-mark.js';
import { createRecordEvents } from './record-events.js';
import { requestCancellation } from './request-cancellation.js';

/** The parts that take long to load (agents, schemas), in the order in which a run needs them. */
const heavy = {
  planRun: () => import('./plan-run.js'),
  executePhase: () => import('./execute-phase.js'),
  closeRun: () => import('./close-run.js'),
  checkEditedArtifact: () => import('./check-edited-artifact.js'),
  reconcileRuns: () => import('./reconcile-runs.js'),
  findReopenedRuns: () => import('./find-reopened-runs.js'),
  settleDelivery: () => import('./deliver/settle-delivery.js'),
  pushRunBranch: () => import('./deliver/push-run-branch.js'),
  openPullRequest: () => import('./deliver/open-pull-request.js'),
  waitForChecks: () => import('./deliver/wait-for-checks.js'),
  proposeForReview: () => import('./deliver/propose-for-review.js'),
  waitForReview: () => import('./deliver/wait-for-review.js'),
  renewReport: () => import('./deliver/renew-report.js'),
};

/**
 * Loads what {@link createActivities} leaves for later. A worker does so as soon as it has asked for its first tasks.
 * At the first use a new build might already lie where this one was.
 */
export async function loadActivities(): Promise<void> {
  for (const load of Object.values(heavy)) await load();
}

/**
 * All activities of a worker. A part that is not loaded yet is loaded at its first use.
 *
 * @param deps - made by the worker, the only place that puts the parts together
 */
export function createActivities(deps: ActivityDeps): Activities {
  return {
    planRun: beating(later(heavy.planRun, ({ createPlanRun }) => createPlanRun(deps))),
    executePhase: later(heavy.executePhase, ({ createExecutePhase }) => createExecutePhase(deps)),
    recordEvents: beating(createRecordEvents(deps)),
    closeRun: beating(later(heavy.closeRun, ({ createCloseRun }) => createCloseRun(deps))),
    checkEditedArtifact: beating(
      later(heavy.checkEditedArtifact, ({ createCheckEditedArtifact }) => createCheckEditedArtifact(deps)),
    ),
    notify: beating(createNotify(deps)),
    requestCancellation: beating(requestCancellation),
    reconcileRuns: later(heavy.reconcileRuns, ({ createReconcileRuns }) => createReconcileRuns(deps)),
    findReopenedRuns: later(heavy.findReopenedRuns, ({ createFindReopenedRuns }) => createFindReopenedRuns(deps)),
    settleDelivery: beating(later(heavy.settleDelivery, ({ createSettleDelivery }) => createSettleDelivery())),
    pushRunBranch: beating(later(heavy.pushRunBranch, ({ createPushRunBranch }) => createPushRunBranch(deps))),
    openPullRequest: beating(later(heavy.openPullRequest, ({ createOpenPullRequest }) => createOpenPullRequest(deps))),
    waitForChecks: beating(later(heavy.waitForChecks, ({ createWaitForChecks }) => createWaitForChecks(deps))),
    proposeForReview: beating(
      later(heavy.proposeForReview, ({ createProposeForReview }) => createProposeForReview(deps)),
    ),
    // not `beating`: its heartbeats would take the place of what a look hands to the next
    waitForReview: later(heavy.waitForReview, ({ createWaitForReview }) => createWaitForReview(deps)),
    renewReport: beating(later(heavy.renewReport, ({ createRenewReport }) => createRenewReport(deps))),
    ...createReconcileMark(deps),
  };
}

function later<M, A extends unknown[], R>(
  load: () => Promise<M>,
  create: (module: M) => (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return async (...args) => create(await load())(...args);
}
