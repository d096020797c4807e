import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { MemorySaver } from '@langchain/langgraph';
import { writeAll, type CheckpointWrite, type WritesTogether } from '../../src/agent/checkpoint-write.js';
import { patientCheckpointer } from '../../src/agent/patient-checkpointer.js';
import { PhasegateError } from '../../src/domain/failures.js';
import { WaitingWrites } from '../../src/agent/waiting-writes.js';
import { agentBench } from './support/agent-bench.js';
import { callTool } from './support/http-stub.js';

/** A checkpointer in memory whose database can be away, or hang. */
class Troubled extends MemorySaver implements WritesTogether {
  trouble: (() => Promise<void>) | null = null;
  readonly begun: (readonly CheckpointWrite[])[] = [];
  /** The same memory without `writeAll`. */
  private readonly memory = Object.assign(new MemorySaver(), { storage: this.storage, writes: this.writes });

  async writeAll(writes: readonly CheckpointWrite[]): Promise<void> {
    this.begun.push(writes);
    await this.trouble?.();
    await writeAll(this.memory, writes);
  }

  readerOf(...args: Parameters<MemorySaver['getTuple']>) {
    return () => this.getTuple(...args);
  }
}

const away = () => Promise.reject(new PhasegateError('mirror_unavailable', 'away'));
const cancelled = new Error('cancelled');

test('a reply that waits while the database is away is in the thread when the database is back for the last try after an abort', async (t) => {
  const bench = await agentBench(t, callTool('ls', {}), callTool('write_artifact', { title: 'a' }));
  const checkpointer = new Troubled();
  const cancel = new AbortController();
  const observe = { ...bench.request.observe, modelCall: () => void (checkpointer.trouble = away) };
  const patient = patientCheckpointer(checkpointer, cancel.signal, () => {
    setTimeout(() => {
      checkpointer.trouble = null;
      cancel.abort(cancelled);
    }, 50);
    return () => undefined;
  });
  await assert.rejects(bench.run({ checkpointer: patient, signal: cancel.signal, observe }), cancelled);
  assert.equal((await bench.run({ checkpointer })).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 2);
});

test('while the database is away, it is tried once after an abort, and the attempt ends in time', async (t) => {
  const bench = await agentBench(t, callTool('ls', {}));
  const checkpointer = new Troubled();
  const cancel = new AbortController();
  const observe = { ...bench.request.observe, modelCall: () => void (checkpointer.trouble = away) };
  let triesBefore = 0;
  let aborted = 0;
  let held = 0;
  const patient = patientCheckpointer(checkpointer, cancel.signal, () => {
    held++;
    setTimeout(() => {
      triesBefore = checkpointer.begun.length;
      aborted = performance.now();
      cancel.abort(cancelled);
    }, 250);
    return () => held--;
  });
  await assert.rejects(bench.run({ checkpointer: patient, signal: cancel.signal, observe }), cancelled);
  assert.ok(performance.now() - aborted < 500);
  assert.equal(checkpointer.begun.length, triesBefore + 1);
  await delay(300);
  assert.equal(checkpointer.begun.length, triesBefore + 1);
  assert.equal(held, 0);
});

test('a database that hangs does not keep an aborted attempt, and nothing more is asked of it', async (t) => {
  const bench = await agentBench(t, callTool('ls', {}));
  const checkpointer = new Troubled();
  const cancel = new AbortController();
  let letGo = (): void => undefined;
  const hang = () => {
    cancel.abort(cancelled);
    return new Promise<void>((_, reject) => (letGo = () => reject(new Error('reset'))));
  };
  const observe = { ...bench.request.observe, modelCall: () => void (checkpointer.trouble = hang) };
  const start = performance.now();
  await assert.rejects(bench.run({ checkpointer, signal: cancel.signal, observe }), cancelled);
  assert.ok(performance.now() - start < 1_500);
  assert.equal(checkpointer.begun.length, 1);
  letGo();
  await delay(50);
  assert.equal(checkpointer.begun.length, 1);
});

test('a full disk leaves nothing waiting', async (t) => {
  const bench = await agentBench(t, callTool('write_artifact', { title: 'a' }));
  const full = { ...bench.request.folder, write: () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })) };
  const checkpointer = new Troubled();
  await assert.rejects(bench.run({ checkpointer, folder: full }), { code: 'ENOSPC' });
  const tuple = await checkpointer.getTuple({ configurable: { thread_id: bench.request.threadId } });
  assert.deepEqual(tuple?.pendingWrites?.map(([, channel]) => channel), ['__error__']);
  assert.equal((tuple?.checkpoint.channel_values.calls as unknown[]).length, 1);
});

test('what is handed over in the microtasks of an end is sent, and what comes after it is refused', async () => {
  const checkpointer = new Troubled();
  const writes = new WaitingWrites(checkpointer);
  const write: CheckpointWrite = { putWrites: [{ configurable: { thread_id: 'a', checkpoint_ns: '', checkpoint_id: '1' } }, [['x', 1]], 'task'] };
  const ended = writes.end(100);
  let left = 100;
  const later = (): void => (left-- > 0 ? queueMicrotask(later) : void writes.add(write));
  later();
  await ended;
  assert.deepEqual(checkpointer.begun, [[write]]);
  await assert.rejects(writes.add(write), /has ended/);
  assert.equal(checkpointer.begun.length, 1);
});
