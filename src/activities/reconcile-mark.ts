import { Context } from '@temporalio/activity';
import type { Activities } from '../domain/activity-contract.js';
import type { ActivityDeps } from './deps.js';
import { asApplicationFailure } from './temporal-failure.js';

/**
 * The mark of reconciling. The mirror keeps it beside the runs that it is about, so a restored backup brings both back.
 * Its failures are those of the mirror.
 */
export function createReconcileMark({
  config,
  mirror,
}: ActivityDeps): Pick<Activities, 'readReconcileMark' | 'moveReconcileMark'> {
  // task queues of the same name in other namespaces have passes of their own
  const queue = (): string => `${Context.current().client.options.namespace}/${config.taskQueue}`;
  return {
    readReconcileMark: () => mirror.readReconcileMark(queue()).catch(fail),
    moveReconcileMark: (from, to) => mirror.moveReconcileMark(queue(), from, to).catch(fail),
  };
}

function fail(error: unknown): never {
  throw asApplicationFailure(error);
}
