import { Context } from '@temporalio/activity';
import type { Activities } from '../../domain/activity-contract.js';
import type { SettledDelivery } from '../../domain/deliver/deliver.js';
import { guessDeliver, withWishes } from '../../domain/deliver/plan-deliver.js';
import { readOrder } from '../../domain/deliver/read-order.js';
import { findCompletedPlan } from '../../upkeep/completed-plan.js';
import { findRemote } from '../../workspace/push/find-remote.js';
import { asDeliveryFailure } from './delivery-failure.js';

/**
 * Settles a delivery by the plan that Temporal's history has. What a person orders can neither name another repository or
 * branch than the run's, nor another host for the token than the template's.
 */
export function createSettleDelivery(): Activities['settleDelivery'] {
  return async (value) => {
    try {
      return await settle(value);
    } catch (error) {
      throw asDeliveryFailure(error);
    }
  };
}

async function settle(value: unknown): Promise<SettledDelivery> {
  const { run: ordered, wishes } = readOrder(value);
  const { client, cancellationSignal } = Context.current();
  const { plan, run } = await findCompletedPlan(client, ordered);
  const { path: repoPath, branch, baseBranch, baseCommit } = plan.repository;
  const remote = wishes.push ?? plan.deliver?.remote ?? 'origin';
  const planned =
    plan.deliver ?? guessDeliver(remote, (await findRemote(repoPath, remote, cancellationSignal)).place.host);
  const deliver = withWishes(planned, wishes);
  // at a gate the pull request asked for a review; now it tells what became of it
  const wasReviewed = plan.phases.some(({ gates }) => gates.some(({ decideBy }) => decideBy !== undefined));
  return { run, repoPath, branch, baseBranch, baseCommit, deliver, update: wishes.update ?? wasReviewed };
}
