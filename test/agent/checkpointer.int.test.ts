import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { emptyCheckpoint } from '@langchain/langgraph-checkpoint';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import fc from 'fast-check';
import type pg from 'pg';
import type { CheckpointWrite } from '../../src/agent/checkpoint-write.js';
import { CHECKPOINT_SCHEMA, openCheckpointer } from '../../src/agent/checkpointer.js';
import { patientCheckpointer } from '../../src/agent/patient-checkpointer.js';
import { agentBench } from './support/agent-bench.js';
import { checkpointDatabase, conversations } from './support/checkpoint-database.js';
import { callTool, say, status } from './support/http-stub.js';
import { startable } from '../../src/local/startable.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

test('S21: workers that start at the same time make the tables once, also with a pool of one', async (t) => {
  const { pool } = await checkpointDatabase(t);
  await Promise.all([pool(), pool(undefined, 1), pool(), pool()].map((each) => openCheckpointer(conversations(each))));
  const { rows } = await pool().query("select table_name from information_schema.tables where table_schema = 'langgraph' order by 1");
  assert.deepEqual(rows, ['checkpoint_blobs', 'checkpoint_migrations', 'checkpoint_writes', 'checkpoints'].map((table_name) => ({ table_name })));
});

test('S21: a worker killed during call 3 costs that call, and no other', async (t) => {
  const { url, pool } = await checkpointDatabase(t);
  const bench = await agentBench(
    t,
    callTool('ls', {}),
    callTool('write_file', { path: 'repo/a.txt', content: 'a' }),
    () => worker.kill('SIGKILL'),
    callTool('ls', {}),
    callTool('write_artifact', { title: 'a' }),
  );
  const worker = spawn(process.execPath, [...startable('test/agent/support/agent-process.ts'), url, bench.stub.baseUrl, bench.root], { stdio: ['ignore', 'ignore', 'inherit'] });
  t.after(() => worker.kill('SIGKILL'));
  const [, signal] = (await once(worker, 'exit')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  const { outcome, calls } = await bench.run({ checkpointer: await openCheckpointer(conversations(pool())) });
  assert.equal(outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 5);
  assert.equal(calls.length, 4);
});

test('S21: text of any kind survives the way through PostgreSQL', async (t) => {
  const { pool } = await checkpointDatabase(t);
  const odd = 'NUL \0, escape \\u0000, emoji 🌳, bidi \u202e, quote \'"';
  const bench = await agentBench(t, say(odd), status(500, {}), callTool('write_artifact', { title: odd }));
  const checkpointer = await openCheckpointer(conversations(pool()));
  await bench.run({ prompt: odd, checkpointer });
  await assert.rejects(bench.run({ checkpointer, attempt: 2, repair: odd }), { code: 'provider_error' });
  await bench.run({ checkpointer, attempt: 2, repair: odd });
  assert.deepEqual(bench.stub.requests[2]?.body.messages.slice(1).map((message) => message.content), [odd, odd, odd]);
  assert.deepEqual(await bench.artifact(), { title: odd });
});

test('PostgreSQL away in the middle of a phase is mirror_unavailable, never a model error, and the thread goes on later', async (t) => {
  const { url, pool } = await checkpointDatabase(t);
  const proxy = await startTcpProxy(url);
  t.after(() => proxy.close());
  const checkpointer = await openCheckpointer(conversations(pool(proxy.url)));
  const bench = await agentBench(t, callTool('ls', {}), callTool('ls', {}), callTool('ls', {}), callTool('write_artifact', { title: 'a' }));
  const cutAfterTwo = { ...bench.request.observe, modelCallStarted: (n: number) => void (n === 2 && proxy.cut()) };
  await assert.rejects(bench.run({ checkpointer, observe: cutAfterTwo }), { name: 'PhasegateError', code: 'mirror_unavailable' });
  await assert.rejects(bench.run({ checkpointer }), { name: 'PhasegateError', code: 'mirror_unavailable' });
  const paid = bench.stub.requests.length;
  proxy.mend();
  assert.equal((await bench.run({ checkpointer })).outcome.kind, 'artifact_written');
  assert.ok(paid === 2 && bench.stub.requests.length === 4, `${paid} and ${bench.stub.requests.length} calls`);
});

test('a reply that is paid waits for PostgreSQL to come back, and is not paid again', async (t) => {
  const { url, pool } = await checkpointDatabase(t);
  const proxy = await startTcpProxy(url);
  t.after(() => proxy.close());
  const bench = await agentBench(t, callTool('ls', {}), callTool('ls', {}), callTool('write_artifact', { title: 'a' }));
  const waits: string[] = [];
  let over = 0;
  const checkpointer = patientCheckpointer(await openCheckpointer(conversations(pool(proxy.url))), new AbortController().signal, (reason) => {
    waits.push(reason);
    setTimeout(() => proxy.mend(), 1_500);
    return () => over++;
  });
  const cutAtTwo = { ...bench.request.observe, modelCallStarted: (n: number) => void (n === 2 && proxy.cut()) };
  assert.equal((await bench.run({ checkpointer, observe: cutAtTwo })).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 3);
  assert.ok(waits.length > 0 && over === waits.length);
  assert.match(waits[0] ?? '', /can't be used now/);
});

test('who waits for PostgreSQL stops when the attempt is stopped', async (t) => {
  const { url, pool } = await checkpointDatabase(t);
  const proxy = await startTcpProxy(url);
  t.after(() => proxy.close());
  const bench = await agentBench(t, callTool('ls', {}));
  const stop = new AbortController();
  const checkpointer = patientCheckpointer(await openCheckpointer(conversations(pool(proxy.url))), stop.signal, () => {
    setTimeout(() => stop.abort(new Error('enough')), 500);
    return () => undefined;
  });
  const cut = { ...bench.request.observe, modelCallStarted: () => proxy.cut() };
  const began = Date.now();
  await assert.rejects(bench.run({ checkpointer, observe: cut, signal: stop.signal }), { message: 'enough' });
  assert.ok(Date.now() - began < 5_000);
});

test('a database that is not there is mirror_unavailable when checkpoints are opened', async (t) => {
  const { pool } = await checkpointDatabase(t);
  await assert.rejects(openCheckpointer(conversations(pool('postgresql://nobody@127.0.0.1:1/nothing'))), { code: 'mirror_unavailable', message: /ECONNREFUSED/ });
});

test('threads are deleted by their ids, and others stay', async (t) => {
  const { pool } = await checkpointDatabase(t);
  const database = pool();
  const checkpointer = await openCheckpointer(conversations(database));
  const threads = ['run:a:phase:x:g1', 'run:a:phase:y:g1', 'run:a%:phase:x:g1', 'run:ab:phase:x:g1'];
  for (const threadId of threads) {
    const bench = await agentBench(t, say('hm'));
    await bench.run({ threadId, checkpointer });
  }
  const left = async (): Promise<unknown[]> => {
    const tables = ['checkpoints', 'checkpoint_blobs', 'checkpoint_writes'].map((table) => `select thread_id from langgraph.${table}`);
    const { rows } = await database.query<{ thread_id: string }>(`${tables.join(' union ')} order by 1`);
    return rows.map((row) => row.thread_id);
  };
  await checkpointer.deleteThreads(threads.slice(0, 2));
  assert.deepEqual(await left(), threads.slice(2));
  await checkpointer.deleteThreads(['run:ab:phase:x:g1', 'run:unknown']);
  assert.deepEqual(await left(), [threads[2]]);
});

test('S21: what is written in one statement is what LangGraph writes in many, whatever comes, however it is put together', async (t) => {
  const [ours, theirs] = [(await checkpointDatabase(t)).pool(), (await checkpointDatabase(t)).pool()];
  const mine = await openCheckpointer(conversations(ours));
  const original = new PostgresSaver(theirs, undefined, { schema: CHECKPOINT_SCHEMA });
  await original.setup();
  const channel = fc.constantFrom('messages', 'calls', 'branch:to:x', '__error__', '__interrupt__');
  const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string(), { maxLength: 3 }), fc.constant('NUL \0 and \\u0000'));
  const id = fc.integer({ min: 1, max: 3 }).map(String);
  const put = fc.record({ id, parent: fc.option(id, { nil: undefined }), values: fc.dictionary(channel, value, { maxKeys: 4 }), versions: fc.dictionary(channel, fc.integer({ min: 1, max: 3 }), { maxKeys: 4 }) });
  const task = fc.constantFrom('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002');
  const putWrites = fc.record({ id, writes: fc.array(fc.tuple(channel, value), { maxLength: 5 }), task });
  const batches = fc.array(fc.array(fc.oneof(put, putWrites), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 });
  let n = 0;
  await fc.assert(
    fc.asyncProperty(batches, fc.boolean(), async (drawn, oneByOne) => {
      const thread_id = `thread-${++n}`;
      const at = (checkpoint_id: string | undefined) => ({ configurable: { thread_id, checkpoint_ns: '', checkpoint_id } });
      const asWrite = (one: (typeof drawn)[number][number], index: number): CheckpointWrite => {
        if ('writes' in one) return { putWrites: [at(one.id), one.writes, one.task] };
        const saved = { ...emptyCheckpoint(), id: one.id, ts: '2026-01-01T00:00:00.000Z', channel_values: one.values, channel_versions: one.versions };
        return { put: [at(one.parent), saved, { source: 'loop', step: index, parents: {} }, one.versions] };
      };
      for (const batch of drawn.map((each) => each.map(asWrite))) {
        if (!oneByOne) await mine.writeAll(batch);
        for (const saver of oneByOne ? [mine, original] : [original]) {
          for (const write of batch) {
            if ('putWrites' in write) {
              const [config, writes, taskId] = write.putWrites;
              await saver.putWrites(config, writes, taskId);
            } else {
              assert.deepEqual(await saver.put(...write.put), at(write.put[1].id));
            }
          }
        }
      }
      assert.deepEqual(await tablesOf(ours, thread_id), await tablesOf(theirs, thread_id));
      assert.deepEqual(await mine.getTuple({ configurable: { thread_id } }), await original.getTuple({ configurable: { thread_id } }));
    }),
    { numRuns: 120 },
  );
});

test('a batch is written as a whole or not at all', async (t) => {
  const database = (await checkpointDatabase(t)).pool();
  const checkpointer = await openCheckpointer(conversations(database));
  const config = { configurable: { thread_id: 'a', checkpoint_ns: '', checkpoint_id: '0' } };
  const whole: CheckpointWrite = { put: [config, { ...emptyCheckpoint(), id: '1', channel_values: { x: 1 } }, { source: 'loop', step: 0, parents: {} }, { x: 1 }] };
  // PostgreSQL takes no NUL in a text
  const spoilt: CheckpointWrite = { putWrites: [config, [['NUL \0', 1]], '00000000-0000-0000-0000-000000000001'] };
  await assert.rejects(checkpointer.writeAll([whole, spoilt]), { code: '22021' });
  assert.deepEqual(await tablesOf(database, 'a'), [[], [], []]);
});

test('a reader asks the database once, and what it gives shares nothing', async (t) => {
  const database = (await checkpointDatabase(t)).pool();
  const checkpointer = await openCheckpointer(conversations(database));
  const bench = await agentBench(t, callTool('ls', {}), status(500, {}));
  await assert.rejects(bench.run({ checkpointer }), { code: 'provider_error' });
  const query = t.mock.method(database, 'query');
  const reader = checkpointer.readerOf({ configurable: { thread_id: bench.request.threadId } });
  const [first, second] = [await reader(), await reader()];
  assert.equal(query.mock.callCount(), 1);
  assert.deepEqual(first, second);
  assert.ok(first && second && (first.pendingWrites ?? []).length > 0);
  const objects = (value: unknown, found = new Set<unknown>()): Set<unknown> => {
    if (typeof value !== 'object' || value === null || found.has(value)) return found;
    found.add(value);
    Object.values(value).forEach((each) => objects(each, found));
    return found;
  };
  const seen = objects(first);
  const shared = [...objects(second)].filter((each) => seen.has(each));
  assert.deepEqual(shared, []);
});

/** All that a thread has in LangGraph's tables. */
async function tablesOf(database: pg.Pool, threadId: string): Promise<unknown[]> {
  const tables = ['checkpoints', 'checkpoint_blobs', 'checkpoint_writes'];
  const read = await Promise.all(tables.map((table) => database.query(`select * from langgraph.${table} where thread_id = $1 order by ${table}::text`, [threadId])));
  return read.map(({ rows }) => rows as unknown[]);
}
