import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type Client } from '@temporalio/client';
import { deliveryId, type Delivered, type DeliverWishes, type DeliveryOrder } from '../../domain/deliver/deliver.js';
import { isFailureCode, PhasegateError } from '../../domain/failures.js';
import { DELIVER_WORKFLOW_TYPE } from '../../domain/names.js';
import type { RunRef } from '../../domain/run-state.js';
import { findRunRef } from '../../temporal/find-execution.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printable } from '../command-line/printable.js';
import { withClient } from '../command-line/with-client.js';

/** A delivery may wait for the checks of a forge. */
const LONGEST_MS = 26 * 3_600_000;

/**
 * `deliver W`: pushes the branch of a completed run and opens its pull request, or finds the one that is open. It may be
 * repeated at any time. Where a delivery is under way already, it waits for that one.
 */
export const deliver = defineCommand({
  usage: 'W [--push REMOTE] [--title TEXT] [--update] …',
  about: 'push the branch of a completed run and open its pull request; what is not given is as the template says',
  words: ['workflow id'],
  options: {
    push: {
      type: 'string',
      value: 'REMOTE',
      about: 'the remote that gets the branch; default that of the template, or origin',
    },
    'push-only': { type: 'boolean', about: 'open no pull request' },
    title: { type: 'string', about: 'title of the pull request, or a JSON pointer into the last artifact' },
    base: { type: 'string', value: 'BRANCH', about: 'the branch to merge into' },
    draft: { type: 'boolean', about: 'open the pull request as a draft' },
    update: { type: 'boolean', about: 'write title and body of a pull request that is open anew' },
    'wait-for-checks': { type: 'string', value: '30m', about: "wait so long for the forge's own checks" },
    by: { type: 'string', value: 'NAME', about: 'your name, as you give it: nobody checks it' },
    'no-wait': { type: 'boolean', about: 'only order it; report and events show how it ended' },
  },
  run: async ({ json, by, push, title, base, draft, update, ...more }, [workflowId = '']) => {
    const wishes: DeliverWishes = {
      ...(push !== undefined && { push }),
      ...(title !== undefined && { title }),
      ...(base !== undefined && { base }),
      ...(draft !== undefined && { draft }),
      ...(update !== undefined && { update }),
      ...(more['push-only'] !== undefined && { pushOnly: more['push-only'] }),
      ...(more['wait-for-checks'] !== undefined && { waitForChecks: more['wait-for-checks'] }),
    };
    const delivered = await withClient(async (client) => {
      const run = await findRunRef(client, workflowId);
      if (run === null) throw new PhasegateError('run_not_found', `Temporal knows no run ${workflowId}`);
      return order(client, run, { run, wishes, by: by ?? null }, more['no-wait'] === true);
    }, LONGEST_MS);
    if (delivered === null) print(json, { ordered: true }, `the delivery of ${workflowId} is ordered`);
    else print(json, delivered, deliveredText(delivered));
    return delivered?.checks?.state === 'failed' ? EXIT.failed : EXIT.ok;
  },
});

/** @returns null where nobody wants to wait */
async function order(
  client: Client,
  run: RunRef,
  input: DeliveryOrder,
  isOnlyOrdered: boolean,
): Promise<Delivered | null> {
  const workflowId = deliveryId(run.runId);
  const { taskQueue } = await client.workflow.getHandle(run.workflowId, run.executionRunId).describe();
  try {
    await client.workflow.start(DELIVER_WORKFLOW_TYPE, {
      workflowId,
      taskQueue,
      args: [input],
      staticSummary: `deliver ${run.workflowId}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // the template's own, or that of somebody else
  }
  if (isOnlyOrdered) return null;
  try {
    return (await client.workflow.getHandle(workflowId).result()) as Delivered;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const code = cause && 'type' in cause ? cause.type : null;
    throw new PhasegateError(isFailureCode(code) ? code : 'internal_error', cause?.message ?? error.message);
  }
}

function deliveredText({ branch, remote, sha, pullRequest, checks }: Delivered): string {
  return [
    `${printable(branch)} is at ${printable(remote)}, commit ${sha}`,
    ...(pullRequest
      ? [`pull request ${pullRequest.number}${pullRequest.draft ? ' (draft)' : ''}: ${printable(pullRequest.url, 500)}`]
      : []),
    ...(checks
      ? [
          `checks of the forge: ${checks.state}${checks.red.length > 0 ? `: ${printable(checks.red.join(', '), 500)}` : ''}`,
        ]
      : []),
  ].join('\n');
}
