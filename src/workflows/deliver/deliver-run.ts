import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { Delivered, DeliveryOrder, SettledDelivery } from '../../domain/deliver/deliver.js';
import { isFound, isPushed } from '../../domain/deliver/results.js';
import { inlineCode } from '../../domain/text/markdown.js';
import { recordEvents } from '../activities.js';
import { EventLog } from '../event-log.js';
import { runFailure, runFault, type RunFailure } from '../run-failure.js';
import { openPullRequest, pushRunBranch, renewReport, settleDelivery, waitForChecksOf } from './activities.js';

/**
 * Delivers a run that has completed: pushes its branch, opens the pull request, waits for the forge's checks. It may be
 * done again at any time. When it fails, the run stays complete.
 *
 * @param order - see {@link DeliveryOrder}; anything else fails at once
 * @returns what was delivered; checks that are red or still run are part of it, and no failure
 * @throws ApplicationFailure with the code of what went wrong
 */
export async function deliverRun(order: unknown): Promise<Delivered> {
  const settled = await settleDelivery(order as DeliveryOrder).catch((error: unknown) => {
    throw asEnd(runFailure(error));
  });
  const log = new EventLog((events) => CancellationScope.nonCancellable(() => recordEvents(settled.run, events)));
  const delivery = workflowInfo().runId;
  const { by = null } = order as DeliveryOrder;
  const { remote, pullRequest } = settled.deliver;
  const provider = pullRequest?.provider ?? null;
  log.emit('delivery_started', { delivery, by, remote, branch: settled.branch, provider });
  try {
    const delivered = await deliver(settled, log, delivery);
    const { sha, checks } = delivered;
    log.emit('delivery_completed', { delivery, sha, checks: checks && { ...checks } });
    return delivered;
  } catch (error) {
    const why = runFailure(error);
    const { code, message } = why === 'cancelled' ? { code: 'run_cancelled', message: 'cancelled' } : why;
    log.emit('delivery_failed', { delivery, code, message });
    throw asEnd(why);
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await log.writeAll();
      // the report is for people: a delivery that is done does not fail with it
      await renewReport(settled.run).catch(() => undefined);
    });
  }
}

/** The failure with which the workflow closes: its type is the code. */
function asEnd(why: RunFailure | 'cancelled'): Error {
  if (why === 'cancelled') return new CancelledFailure('cancelled');
  return ApplicationFailure.nonRetryable(why.message, why.code, why.details);
}

async function deliver(settled: SettledDelivery, log: EventLog, delivery: string): Promise<Delivered> {
  const { run, branch, deliver: wanted } = settled;
  const pushed: unknown = await pushRunBranch(settled);
  if (!isPushed(pushed)) throw runFault('internal_error', 'pushRunBranch gave back something else');
  const { remote, sha } = pushed;
  log.emit('branch_pushed', { delivery, ...pushed });
  const result: Delivered = { runId: run.runId, branch, remote, sha, pullRequest: null, checks: null };
  show(result);
  if (!wanted.pullRequest) return result;
  const found: unknown = await openPullRequest(settled);
  if (!isFound(found)) throw runFault('internal_error', 'openPullRequest gave back something else');
  const { pullRequest, opened, notes } = found;
  log.emit('pull_request_opened', { delivery, ...pullRequest, opened, notes });
  log.flushSoon();
  result.pullRequest = pullRequest;
  show(result);
  if (wanted.waitForChecksMs !== null) result.checks = await waitForChecksOf(wanted.waitForChecksMs)(settled, sha);
  show(result);
  return result;
}

/** What Temporal Web shows of it. */
function show({ branch, remote, sha, pullRequest, checks }: Delivered): void {
  const lines = [
    `Branch ${inlineCode(branch)} is at ${inlineCode(remote)}, commit ${inlineCode(sha.slice(0, 12))}.`,
    ...(pullRequest ? [`Pull request ${pullRequest.number}: ${inlineCode(pullRequest.url)}`] : []),
    ...(checks ? [`Checks of the forge: ${checks.state}`] : []),
  ];
  setCurrentDetails(lines.join('\n\n'));
}
