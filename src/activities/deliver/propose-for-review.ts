import { Context } from '@temporalio/activity';
import type { Activities } from '../../domain/activity-contract.js';
import type { ActivityDeps } from '../deps.js';
import { asDeliveryFailure } from './delivery-failure.js';
import { forgeOf } from './forge-of.js';
import { openOrFind } from './open-pull-request.js';
import { reviewText } from './pull-request-text.js';
import { pushTo } from './push-run-branch.js';

/** Pushes the branch of a run that waits at a gate, and opens a draft of its pull request, or writes it anew. */
export function createProposeForReview(deps: ActivityDeps): Activities['proposeForReview'] {
  return async (delivery, request) => {
    const { cancellationSignal: signal } = Context.current();
    try {
      const { forge, wanted } = await forgeOf(deps, delivery, signal);
      const pushed = await pushTo(delivery, deps.env, signal);
      const text = () => reviewText(deps, delivery, request, pushed.sha);
      const found = await openOrFind(forge, { ...delivery, update: true }, { ...wanted, draft: true }, text);
      return { ...found, pushed };
    } catch (error) {
      throw asDeliveryFailure(error);
    }
  };
}
