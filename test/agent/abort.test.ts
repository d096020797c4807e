import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'node:test';
import { PhasegateError } from '../../src/domain/failures.js';
import { agentBench } from './support/agent-bench.js';
import { callTool, closedByClient } from './support/http-stub.js';

/** Far less than a call or a write may take. */
const SOON_MS = 10_000;

test('an abort during a model call rejects with its reason long before the call would end, and closes the connection', async (t) => {
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
  assert.ok(took < SOON_MS, `${took} ms`);
  assert.ok((await closedByClient(bench.stub)) < SOON_MS);
  assert.deepEqual(
    bench.seen.calls.map((call) => [call.status, call.errorCode]),
    [['error', 'aborted']],
  );
  assert.deepEqual(
    bench.seen.calls.map((call) => call.reservedMicroUsd),
    bench.seen.begun.map((call) => call.reservedMicroUsd),
    'it may be paid all the same',
  );
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
  const hanging = {
    ...bench.request.folder,
    write: () => (cancel.abort(new Error('cancelled')), new Promise<never>(() => undefined)),
  };
  const start = performance.now();
  await assert.rejects(bench.run({ signal: cancel.signal, folder: hanging }), /cancelled/);
  assert.ok(performance.now() - start < SOON_MS);
});

test('an abort at any moment around a reply: what is paid is kept, and nothing is written after the end', async (t) => {
  for (let microtasks = 0; microtasks <= 60; microtasks += 2) {
    const bench = await agentBench(t, callTool('ls', {}), callTool('ls', {}));
    const cancel = new AbortController();
    let left = microtasks;
    const count = (): void => (left-- > 0 ? queueMicrotask(count) : cancel.abort(new Error('cancelled')));
    bench.kept.beforeAppend = count;
    await assert.rejects(bench.run({ signal: cancel.signal }), /cancelled/);
    const there = structuredClone(bench.kept.messages);
    await delay(5);
    assert.deepEqual(bench.kept.messages, there, `${microtasks} microtasks`);
    assert.deepEqual(
      there.slice(0, 2).map(({ role }) => role),
      ['user', 'assistant'],
    );
  }
});

test('an abort does not wait for a conversation that can not be read', async (t) => {
  const bench = await agentBench(t);
  const conversation = { ...bench.request.conversation, read: () => new Promise<never>(() => undefined) };
  const signal = AbortSignal.timeout(50);
  await assert.rejects(bench.run({ conversation, signal }), { name: 'TimeoutError' });
  assert.equal(bench.stub.requests.length, 0);
});

test('a write that hangs is given up after an abort, and adds nothing new later', async (t) => {
  const bench = await agentBench(t, callTool('ls', {}));
  const cancel = new AbortController();
  bench.kept.beforeAppend = () => {
    cancel.abort(new Error('cancelled'));
    return new Promise<never>(() => undefined);
  };
  const start = performance.now();
  await assert.rejects(bench.run({ signal: cancel.signal }), /cancelled/);
  assert.ok(performance.now() - start < SOON_MS);
  assert.equal(bench.kept.messages.length, 0);
});

test('while the database is away a paid reply waits, and an abort ends the waiting with one last try', async (t) => {
  for (const comesBack of [true, false]) {
    const bench = await agentBench(t, callTool('ls', {}), callTool('write_artifact', { title: 'a' }));
    const cancel = new AbortController();
    let away = true;
    let [begun, ended] = [0, 0];
    bench.kept.beforeAppend = () => {
      if (away) throw new PhasegateError('mirror_unavailable', 'away');
    };
    const waiting = () => {
      setTimeout(() => {
        away = !comesBack;
        cancel.abort(new Error('cancelled'));
      }, 50);
    };
    const atRecord = () => {
      begun++;
      return () => void ended++;
    };
    const observe = { ...bench.request.observe, waiting, atRecord };
    await assert.rejects(bench.run({ signal: cancel.signal, observe }), /cancelled/);
    assert.deepEqual([begun, ended], [2, 2], 'the read and the write');
    away = false;
    assert.equal((await bench.run()).outcome.kind, 'artifact_written');
    assert.equal(bench.kept.modelCalls.length, comesBack ? 2 : 1, 'a reply that nobody could keep is lost');
  }
});

test('listeners on the signal of a phase do not grow with the calls', async (t) => {
  const left: number[] = [];
  for (const calls of [1, 6]) {
    const bench = await agentBench(
      t,
      ...Array.from({ length: calls }, () => callTool('ls', {})),
      callTool('write_artifact', { title: 'a' }),
    );
    const { signal } = new AbortController();
    await bench.run({ signal });
    left.push(getEventListeners(signal, 'abort').length);
  }
  assert.equal(left[1], left[0]);
});
