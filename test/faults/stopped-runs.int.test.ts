import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { reportFault } from './support/fault-line.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ modelCallTimeoutMs: 120_000 });
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('short', [{ key: 'note', timeout: '4s', attempts: 1 }]);
});
after(() => stack.stop());

/** A run whose model call would take two minutes, and the request of that call. */
async function inCall(template: string, options: { workflowRunTimeout?: string } = {}) {
  const persona = await stack.persona([{ delayMs: 120_000 }]);
  const input = { template, repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } };
  const handle = await stack.client.workflow.start(WORKFLOW_TYPE, { taskQueue: stack.config.taskQueue, workflowId: `stopped-${persona.name}`, args: [input], ...(options as { workflowRunTimeout?: '6s' }) });
  const requests = () => stack.model.requests.filter(({ model }) => model === persona.model);
  while (requests().length === 0) await sleep(20);
  return { handle, requests };
}

const STOPS: { what: string; template?: string; options?: { workflowRunTimeout: string }; stop?: (handle: WorkflowHandle) => Promise<unknown>; withinMs: number }[] = [
  { what: 'cancel', stop: (handle) => handle.cancel(), withinMs: 4_000 },
  { what: 'abort', stop: (handle) => handle.signal('abort'), withinMs: 4_000 },
  // the worker hears of it with its next heartbeat
  { what: 'terminate', stop: (handle) => handle.terminate('enough'), withinMs: 6_000 },
  { what: "the phase's time is up", template: 'short', withinMs: 6_000 },
  { what: "the workflow's own time limit", options: { workflowRunTimeout: '6s' }, withinMs: 12_000 },
];

describe('a stopped run stops its model request within seconds, and asks no more', { concurrency: true }, () => {
  for (const { what, template = 'one', options, stop, withinMs } of STOPS) {
    test(what, { timeout: 60_000 }, async () => {
      const { handle, requests } = await inCall(template, options);
      const began = Date.now();
      await stop?.(handle);
      while (requests()[0]?.leftAt === undefined) {
        assert.ok(Date.now() - began < withinMs, `still asking after ${Date.now() - began} ms`);
        await sleep(20);
      }
      const tookMs = Date.parse(requests()[0]?.leftAt ?? '') - began;
      await assert.rejects(handle.result(), WorkflowFailedError);
      await sleep(1_500);
      assert.equal(requests().length, 1);
      reportFault({ fault: `stopped in a model call: ${what}`, tried: 1, runsLost: 0, eventsLost: 0, callsRepeated: 0, recoverMs: tookMs });
    });
  }
});
