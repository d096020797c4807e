import { CancellationScope, log as logger, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { deliveryId, type DeliveryOrder } from '../../domain/deliver/deliver.js';
import { DELIVER_WORKFLOW_TYPE } from '../../domain/names.js';
import type { LiveRun } from '../live-run.js';

/**
 * Orders the delivery that the template asks for. It is a workflow of its own and outlives the run, which is complete
 * whatever becomes of it.
 */
export async function orderDelivery({ plan, status }: LiveRun): Promise<void> {
  if (!plan?.deliver) return;
  const order: DeliveryOrder = { run: status.run, wishes: {}, by: null };
  try {
    await CancellationScope.nonCancellable(() =>
      startChild(DELIVER_WORKFLOW_TYPE, {
        workflowId: deliveryId(status.run.runId),
        args: [order],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        // one of the execution before a reset may still wait for checks of commits that are gone
        workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
        staticSummary: `deliver ${status.branch ?? status.run.workflowId}`,
      }),
    );
  } catch (error) {
    logger.warn('the delivery could not be ordered; the client command deliver does it', { error: String(error) });
  }
}
