import { CancellationScope, log as logger } from '@temporalio/workflow';
import type { Notice } from '../domain/activity-contract.js';
import { notify } from './activities.js';
import type { RunParts } from './run-parts.js';

/** Tells people through the template's hooks. The run never waits for it, and it never fails the run. */
export function tell({ model, plan }: RunParts, notice: Omit<Notice, 'run' | 'at'>): void {
  for (const hook of plan?.notify ?? []) {
    const full: Notice = { run: model.status.run, at: new Date().toISOString(), ...notice };
    void CancellationScope.nonCancellable(() => notify(hook, full)).catch((error: unknown) => {
      logger.warn('a notice did not reach anybody', { kind: notice.kind, error: String(error) });
    });
  }
}
