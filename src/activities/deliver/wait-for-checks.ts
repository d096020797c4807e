import { activityInfo, ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Activities } from '../../domain/activity-contract.js';
import type { ActivityDeps } from '../deps.js';
import { asDeliveryFailure, isPassing } from './delivery-failure.js';
import { forgeOf } from './forge-of.js';

/** How long the first check may take to appear. */
const FIRST_CHECK_MS = 2 * 60_000;
const SHORTEST_MS = 2_000;
const LONGEST_MS = 60_000;

/**
 * Looks at the forge's checks of a commit. While they run, each look ends as a failure that Temporal's server tries again
 * later: between two looks it holds no worker, and it adds nothing to history.
 */
export function createWaitForChecks(deps: Pick<ActivityDeps, 'env'>): Activities['waitForChecks'] {
  return async (delivery, sha) => {
    const waited = Date.now() - activityInfo().scheduledTimestampMs;
    const left = (delivery.deliver.waitForChecksMs ?? 0) - waited;
    try {
      const { forge } = await forgeOf(deps, delivery, Context.current().cancellationSignal);
      const found = await forge.checks(sha);
      const isOver = found.state === 'none' ? waited >= FIRST_CHECK_MS : found.state !== 'pending';
      if (isOver || left <= 0) return found;
    } catch (error) {
      if (!isPassing(error) || left <= 0) throw asDeliveryFailure(error);
    }
    throw lookAgain('the checks of the forge still run', Math.min(pauseAfter(waited), Math.max(left, 1_000)));
  };
}

/** The failure that makes Temporal's server try again: it is no trouble, so that no log and no metric counts it. */
export function lookAgain(message: string, ms: number): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: 'not_yet',
    nextRetryDelay: ms,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** Looks get rarer with the time. */
function pauseAfter(waited: number): number {
  return Math.min(Math.max(SHORTEST_MS, waited / 10), LONGEST_MS);
}
