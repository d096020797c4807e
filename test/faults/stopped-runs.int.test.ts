import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { clientOf } from '../client/support.js';
import { reportFault } from './support/fault-line.js';
import { measured } from './support/measured.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ modelCallTimeoutMs: 120_000 });
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('short', [{ key: 'note', timeout: '10s', attempts: 1 }]);
});
after(() => stack.stop());

/** A run whose model call would take two minutes, and the request of that call. */
async function inCall(template: string, options: { workflowRunTimeout?: string } = {}) {
  const persona = await stack.persona([{ delayMs: 120_000 }]);
  const input = { template, repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } };
  const handle = await stack.client.workflow.start(WORKFLOW_TYPE, {
    taskQueue: stack.config.taskQueue,
    workflowId: `stopped-${persona.name}`,
    args: [input],
    ...(options as { workflowRunTimeout?: '15s' }),
  });
  const requests = () => stack.model.requests.filter(({ model }) => model === persona.model);
  await until(
    () => requests().length > 0,
    60_000,
    async () => `it asks nothing: ${JSON.stringify(await stack.status(handle).catch(String))}`,
  );
  return { handle, requests };
}

const STOPS: {
  what: string;
  template?: string;
  options?: { workflowRunTimeout: string };
  stop?: (handle: WorkflowHandle) => Promise<unknown>;
  withinMs: number;
}[] = [
  { what: 'cancel', stop: (handle) => handle.cancel(), withinMs: 30_000 },
  { what: 'abort', stop: (handle) => handle.signal('abort'), withinMs: 30_000 },
  // the worker hears of it with its next heartbeat
  { what: 'terminate', stop: (handle) => handle.terminate('enough'), withinMs: 40_000 },
  { what: "the phase's time is up", template: 'short', withinMs: 40_000 },
  { what: "the workflow's own time limit", options: { workflowRunTimeout: '15s' }, withinMs: 60_000 },
];

const hasReport = async (runId: string) => (await stack.mirror.readReport(runId)) != null;

describe('a stopped run stops its model request within seconds, and asks no more', { concurrency: true }, () => {
  for (const { what, template = 'one', options, stop, withinMs } of STOPS) {
    test(what, { timeout: 120_000 }, async () => {
      const { handle, requests } = await inCall(template, options);
      const began = Date.now();
      await stop?.(handle);
      await until(
        () => requests()[0]?.leftAt !== undefined,
        withinMs,
        () => `still asking after ${Date.now() - began} ms`,
      );
      const tookMs = Date.parse(requests()[0]?.leftAt ?? '') - began;
      await assert.rejects(handle.result(), WorkflowFailedError);
      await sleep(1_500);
      assert.equal(requests().length, 1);
      const runId = handle.firstExecutionRunId;
      // what Temporal closed without a word is for a reconciling pass
      const reconcile = () => clientOf(stack)('reconcile', '--settle', '0s');
      await until(async () => (await reconcile()).code === 0 && (await hasReport(runId)), 30_000);
      const cost = await measured(stack, runId, requests().length);
      assert.deepEqual([cost.runsLost, cost.eventsLost], [0, 0]);
      const callsRepeated = requests().length - 1;
      reportFault({ fault: `stopped in a model call: ${what}`, ...cost, callsRepeated, recoverMs: tookMs });
    });
  }
});
