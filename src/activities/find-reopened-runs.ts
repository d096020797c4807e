import { Context } from '@temporalio/activity';
import type { Activities } from '../domain/activity-contract.js';
import { findReopened } from '../upkeep/find-reopened.js';
import type { ActivityDeps } from './deps.js';
import { asApplicationFailure } from './temporal-failure.js';

/** One page of the runs that are open in Temporal but have an end in the mirror. */
export function createFindReopenedRuns({ config, mirror }: ActivityDeps): Activities['findReopenedRuns'] {
  return async (page) => {
    const context = Context.current();
    const surroundings = {
      mirror,
      client: context.client,
      taskQueue: config.taskQueue,
      alive: () => context.heartbeat(),
    };
    try {
      return await findReopened(surroundings, page);
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}
