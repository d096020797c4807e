import { activityInfo, Context } from '@temporalio/activity';
import type { Activities } from '../domain/activity-contract.js';
import { reconcilePage } from '../upkeep/reconcile-page.js';
import type { ActivityDeps } from './deps.js';
import { serverClock } from './phase/server-clock.js';
import { asApplicationFailure } from './temporal-failure.js';

/** One page of a pass of reconciling. */
export function createReconcileRuns({ config, mirror }: ActivityDeps): Activities['reconcileRuns'] {
  return async (page) => {
    const context = Context.current();
    const surroundings = {
      ...{ config, mirror, client: context.client, taskQueue: config.taskQueue },
      now: serverClock(activityInfo()),
      alive: () => context.heartbeat(),
    };
    try {
      return await reconcilePage(surroundings, page);
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}
