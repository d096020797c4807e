import { existsSync } from 'node:fs';
import type { Activities } from '../../domain/activity-contract.js';
import { writeReport } from '../../upkeep/run-report.js';
import { runFolder } from '../../workspace/run-folder.js';
import type { ActivityDeps } from '../deps.js';
import { asApplicationFailure } from '../temporal-failure.js';

/** Writes how the deliveries of a run ended into its report, in the mirror and, where the run's folder is here, on disk. */
export function createRenewReport({ config, mirror }: ActivityDeps): Activities['renewReport'] {
  return async ({ runId }) => {
    try {
      const report = await mirror.readReport(runId);
      if (!report) return;
      const { deliveries } = await mirror.readReportFacts(runId);
      const renewed = { ...report, deliveries };
      await mirror.saveReport(runId, renewed);
      const folder = runFolder(config.workspaceRoot, runId);
      if (existsSync(folder.root)) await writeReport(folder, { report: renewed, html: null });
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
}
