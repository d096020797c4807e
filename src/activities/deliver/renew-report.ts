import type { Activities } from '../../domain/activity-contract.js';
import { renewReport } from '../../upkeep/renew-report.js';
import type { ActivityDeps } from '../deps.js';
import { asApplicationFailure } from '../temporal-failure.js';

/** Writes how the deliveries of a run ended into its report and its page, see {@link renewReport}. */
export function createRenewReport({ config, mirror }: ActivityDeps): Activities['renewReport'] {
  return async (run) => {
    try {
      await renewReport({ mirror, workspaceRoot: config.workspaceRoot }, run);
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}
