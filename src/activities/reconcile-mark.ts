import { activityInfo, Context } from '@temporalio/activity';
import type { Activities } from '../domain/activity-contract.js';
import type { ActivityDeps } from './deps.js';
import { asApplicationFailure } from './temporal-failure.js';

/**
 * The mark of reconciling. It is kept in the mirror, beside what it is about: a restored backup brings both back.
 * Failures: those of
 * the mirror.
 */
export function createReconcileMark({
  mirror,
}: ActivityDeps): Pick<Activities, 'readReconcileMark' | 'moveReconcileMark'> {
  return {
    readReconcileMark: () => mirror.readReconcileMark(queue()).catch(fail),
    moveReconcileMark: (from, to) => mirror.moveReconcileMark(queue(), from, to).catch(fail),
  };
}

/** Task queues of the same name in other namespaces have passes of their own. */
function queue(): string {
  return `${Context.current().client.options.namespace}/${activityInfo().taskQueue}`;
}

function fail(error: unknown): never {
  throw asApplicationFailure(error);
}
