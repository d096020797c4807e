import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../domain/activity-contract.js';
import { phasesQueueOf } from '../domain/names.js';
import type { PlannedPhase } from '../domain/plan.js';

// No maximumAttempts: every retryable failure here is the surroundings' (a database, a disk), and a run outlives it.
const untilItWorks = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** Every activity beats (src/activities/heartbeat.ts): what a killed worker was doing begins again within this time. */
const heartbeatTimeout = '10 seconds';

/** Activities that only write to the mirror or to the disk. */
export const { recordEvents } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout,
  retry: untilItWorks,
  summary: 'write events to the mirror',
});

export const { planRun } = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: untilItWorks,
  summary: 'check the input, bind the personas, make the branch',
});

export const { closeRun } = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry: untilItWorks,
  summary: 'write the report',
});

export const { requestCancellation } = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout,
  retry: untilItWorks,
  summary: 'close as Canceled',
});

export const { checkEditedArtifact } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout,
  // a person waits for the answer
  retry: { initialInterval: '1s', maximumInterval: '5s', maximumAttempts: 5 },
  summary: 'look at the edited artifact',
});

export const { notify } = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout,
  retry: { initialInterval: '2s', backoffCoefficient: 3, maximumAttempts: 5 },
  summary: 'tell people',
});

export const { reconcileRuns, findReopenedRuns, readReconcileMark, moveReconcileMark } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  retry: untilItWorks,
  summary: 'compare the mirror with Temporal',
});

/** Room beside a phase's own timeout and a checkout for validation, the commit and the mirror. */
const SLACK_MS = 120_000;

/**
 * The activity of a phase. Its attempts, patience and budget are counted by the activity itself from its heartbeat
 * details; `maximumAttempts` is a backstop only, since a worker's shutdown uses one up.
 */
export function executePhaseOf(phase: PlannedPhase, checkoutMs: number, summary: string): Activities['executePhase'] {
  return proxyActivities<Activities>({
    taskQueue: phasesQueueOf(workflowInfo().taskQueue),
    // a backstop: the activity itself ends an attempt, and a checkout, in their time
    startToCloseTimeout: phase.timeoutMs + checkoutMs + SLACK_MS,
    heartbeatTimeout,
    // else a cancelled run closes while its agent still works
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 10_000 },
    summary,
  }).executePhase;
}
