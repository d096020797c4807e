import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
  TimeoutFailure,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { Activities } from '../domain/activity-contract.js';
import { shortQueueOf } from '../domain/names.js';
import { commandsMs } from '../domain/check/commands-time.js';
import type { Plan, PlannedPhase } from '../domain/plan.js';

// No maximumAttempts: every retryable failure here comes from outside (a database, a disk), and a run outlives it.
const untilItWorks = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/**
 * Every activity sends heartbeats (src/activities/heartbeat.ts). After this time without one it begins again elsewhere.
 */
const heartbeatTimeout = '10 seconds';

/** Options of an activity on the queue of short work. */
type Short = Omit<ActivityOptions, 'taskQueue'>;

/**
 * An activity in which no agent works. It has places of its own, so it never waits for the places that agents hold.
 * These are regular activities. A local one runs before Temporal has accepted the workflow task that asks for it. When
 * a message comes meanwhile, the task is done again, and the mirror would keep what the first try wrote, although it
 * never happened.
 */
export function short<K extends keyof Activities>(name: K, options: Short): Activities[K] {
  const activity = (...args: unknown[]): Promise<unknown> => {
    const taskQueue = shortQueueOf(workflowInfo().taskQueue);
    const proxy = proxyActivities<Record<string, (...given: unknown[]) => Promise<unknown>>>({
      heartbeatTimeout,
      ...options,
      taskQueue,
    });
    return proxy[name]!(...args);
  };
  return activity as Activities[K];
}

export const recordEvents = short('recordEvents', {
  startToCloseTimeout: '1 minute',
  retry: untilItWorks,
  summary: 'write events to the mirror',
});

const PLANNING = 'check the input, bind the personas, make the branch';

const planAtOnce = proxyLocalActivities<Activities>({
  // a workflow task may take 10 s, and messages to the run wait for its end
  startToCloseTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
  summary: PLANNING,
}).planRun;

const planInTime = short('planRun', {
  startToCloseTimeout: '5 minutes',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: untilItWorks,
  summary: PLANNING,
});

/**
 * Plans the run within the first workflow task, which takes milliseconds. A local activity may do this, because each
 * try tells the mirror the same. Where git is slow or PostgreSQL is away, a regular activity does it again.
 */
export const planRun: Activities['planRun'] = async (...args) => {
  try {
    return await planAtOnce(...args);
  } catch (error) {
    if (isFinal(error)) throw error;
    return await planInTime(...args);
  }
};

/**
 * Whether a local activity need not be tried again. The SDK does not wrap its failures, as it wraps those of regular
 * ones.
 */
function isFinal(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return !(cause instanceof TimeoutFailure) && !(cause instanceof ApplicationFailure && cause.nonRetryable !== true);
}

export const closeRun = short('closeRun', {
  startToCloseTimeout: '2 minutes',
  retry: untilItWorks,
  summary: 'write the report',
});

export const requestCancellation = short('requestCancellation', {
  startToCloseTimeout: '30 seconds',
  retry: untilItWorks,
  summary: 'close as Canceled',
});

export const checkEditedArtifact = short('checkEditedArtifact', {
  startToCloseTimeout: '1 minute',
  // a person waits for the answer
  retry: { initialInterval: '1s', maximumInterval: '5s', maximumAttempts: 5 },
  summary: 'look at the edited artifact',
});

export const notify = short('notify', {
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '2s', backoffCoefficient: 3, maximumAttempts: 5 },
  summary: 'tell people',
});

const RECONCILING: Short = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  retry: untilItWorks,
  summary: 'compare the mirror with Temporal',
};
export const reconcileRuns = short('reconcileRuns', RECONCILING);
export const findReopenedRuns = short('findReopenedRuns', RECONCILING);
export const readReconcileMark = short('readReconcileMark', RECONCILING);
export const moveReconcileMark = short('moveReconcileMark', RECONCILING);

/** Extra time for validation, the commit and the mirror, beside a phase's own timeout and a checkout. */
const SLACK_MS = 120_000;

/**
 * The activity of a phase, on the queue of the run itself: a worker that has a place gets it without asking for it. The
 * activity itself counts attempts, patience and budget from its heartbeat details. `maximumAttempts` is only a last
 * limit, since a worker's shutdown uses one up.
 */
export function executePhaseOf(
  phase: PlannedPhase,
  { repository, commands, queueing }: Plan,
  summary: string,
): Activities['executePhase'] {
  return proxyActivities<Activities>({
    // a last limit: the activity itself ends an attempt, a checkout, and each command, in their time
    startToCloseTimeout: phase.timeoutMs + repository.checkoutMs + SLACK_MS + commandsMs(phase, commands),
    heartbeatTimeout,
    // without this a cancelled run closes while its agent still works
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 10_000 },
    priority: queueing,
    summary,
  }).executePhase;
}
