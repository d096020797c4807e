import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'node:test';
import { agentBench, type AgentBench } from './support/agent-bench.js';
import { callTool, closedByClient } from './support/http-stub.js';

test('an abort during a model call rejects with its reason within a second, and closes the connection', async (t) => {
  const cancel = new AbortController();
  const reason = new Error('cancelled by a person');
  let start = Infinity;
  const bench = await agentBench(t, (response) => {
    response.writeHead(200).write('{');
    start = performance.now();
    setTimeout(() => cancel.abort(reason), 150);
  });
  await assert.rejects(bench.run({ signal: cancel.signal }), (error) => error === reason);
  const took = performance.now() - start;
  assert.ok(took < 1_000, `${took} ms`);
  assert.ok((await closedByClient(bench.stub)) < 1_000);
  assert.deepEqual(bench.seen.calls.map((call) => [call.status, call.errorCode]), [['error', 'aborted']]);
});

test('an abort before the start pays nothing', async (t) => {
  const bench = await agentBench(t);
  await assert.rejects(bench.run({ signal: AbortSignal.abort(new Error('too late')) }), /too late/);
  assert.equal(bench.stub.requests.length, 0);
});

test('an abort waits for a write that is under way, so that nothing is written after it', async (t) => {
  const bench = await agentBench(t, callTool('write_artifact', { title: 'a' }));
  const cancel = new AbortController();
  let finished = false;
  const { folder } = bench.request;
  const slow: typeof folder = {
    ...folder,
    write: async (...args) => {
      cancel.abort(new Error('cancelled'));
      await delay(200);
      finished = true;
      return folder.write(...args);
    },
  };
  await assert.rejects(bench.run({ signal: cancel.signal, folder: slow }), /cancelled/);
  assert.ok(finished);
});

test('an abort does not wait for ever for a disk that hangs', async (t) => {
  const bench = await agentBench(t, callTool('write_artifact', { title: 'a' }));
  const cancel = new AbortController();
  const hanging = { ...bench.request.folder, write: () => (cancel.abort(new Error('cancelled')), new Promise<never>(() => undefined)) };
  const start = performance.now();
  await assert.rejects(bench.run({ signal: cancel.signal, folder: hanging }), /cancelled/);
  assert.ok(performance.now() - start < 1_500);
});

test('an abort at any moment around a reply: what LangGraph took is kept, and nothing is written after the end', async (t) => {
  const kept: boolean[] = [];
  // LangGraph takes a reply in some tens of microtasks
  for (let microtasks = 0; microtasks <= 120; microtasks += 2) {
    const bench = await agentBench(t, callTool('ls', {}), callTool('ls', {}));
    const cancel = new AbortController();
    let left = microtasks;
    const count = (): void => (left-- > 0 ? queueMicrotask(count) : cancel.abort(new Error('cancelled')));
    await assert.rejects(bench.run({ signal: cancel.signal, observe: { ...bench.request.observe, modelCall: count } }), /cancelled/);
    const there = await threadOf(bench);
    await delay(5);
    assert.deepEqual(await threadOf(bench), there, `${microtasks} microtasks`);
    kept.push(((there?.checkpoint.channel_values.calls ?? []) as unknown[]).length === 1);
  }
  assert.deepEqual(kept, [...kept].sort(), 'a reply that came earlier is not lost by a later abort');
  assert.deepEqual([kept.at(0), kept.at(-1)], [false, true]);
});

test('listeners on the signal of a phase do not grow with the calls', async (t) => {
  const left: number[] = [];
  for (const calls of [1, 6]) {
    const bench = await agentBench(t, ...Array.from({ length: calls }, () => callTool('ls', {})), callTool('write_artifact', { title: 'a' }));
    const { signal } = new AbortController();
    await bench.run({ signal });
    left.push(getEventListeners(signal, 'abort').length);
  }
  assert.equal(left[1], left[0]);
});

const threadOf = ({ request }: AgentBench) => request.checkpointer.getTuple({ configurable: { thread_id: request.threadId } });
