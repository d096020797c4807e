import type { ActivityOptions } from '@temporalio/workflow';
import { short } from '../activities.js';

// Passing failures are tried again until the time is up; then the delivery fails, and a person orders it again.
const PATIENT: ActivityOptions['retry'] = { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1 minute' };

export const settleDelivery = short('settleDelivery', {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '1 hour',
  retry: PATIENT,
  summary: 'settle the delivery',
});

export const pushRunBranch = short('pushRunBranch', {
  startToCloseTimeout: '15 minutes',
  scheduleToCloseTimeout: '2 hours',
  retry: PATIENT,
  summary: 'push the branch of the run',
});

export const openPullRequest = short('openPullRequest', {
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '2 hours',
  retry: PATIENT,
  summary: 'open the pull request',
});

/** @param waitMs - how long the checks may take */
export function waitForChecksOf(waitMs: number) {
  return short('waitForChecks', {
    startToCloseTimeout: '2 minutes',
    // a forge that is away at the end gets some more time
    scheduleToCloseTimeout: waitMs + 10 * 60_000,
    retry: PATIENT,
    summary: 'wait for the checks of the forge',
  });
}

export const proposeForReview = short('proposeForReview', {
  startToCloseTimeout: '15 minutes',
  scheduleToCloseTimeout: '2 hours',
  retry: PATIENT,
  summary: 'open the pull request for a review',
});

export const waitForReview = short('waitForReview', {
  startToCloseTimeout: '2 minutes',
  retry: PATIENT,
  summary: 'wait for a review of the pull request',
});

export const renewReport = short('renewReport', {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '1 day',
  retry: PATIENT,
  summary: 'write the delivery into the report',
});
