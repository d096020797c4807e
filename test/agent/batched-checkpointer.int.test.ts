import assert from 'node:assert/strict';
import test from 'node:test';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type pg from 'pg';
import { buildAgentGraph } from '../../src/agent/agent-graph.js';
import type { AgentStateValues } from '../../src/agent/agent-state.js';
import { batchedCheckpointer } from '../../src/agent/batched-checkpointer.js';
import { CHECKPOINT_SCHEMA, openCheckpointer } from '../../src/agent/checkpointer.js';
import { InFlight } from '../../src/agent/in-flight.js';
import { Observer } from '../../src/agent/observer.js';
import { nextStep } from '../../src/agent/resume.js';
import { runAgent, type AgentRequest } from '../../src/agent/run-agent.js';
import { agentBench, type AgentBench } from './support/agent-bench.js';
import { checkpointDatabase, conversations } from './support/checkpoint-database.js';
import { callTool, say, status, type Answer } from './support/http-stub.js';

const THREAD = 'run:r:phase:design:g1';
const SCRIPT = (): Answer[] => [callTool('ls', {}), callTool('write_file', { path: 'repo/a.txt', content: 'a' }), callTool('write_artifact', { title: 'a' })];

/** What a run asks of the database. */
async function statementsOf(pool: pg.Pool, run: () => Promise<unknown>): Promise<{ reads: number; writes: number }> {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const count = { reads: 0, writes: 0 };
  pool.query = ((...args: unknown[]) => {
    count[/\binsert\b/i.test(String(args[0])) ? 'writes' : 'reads']++;
    return query(...args);
  }) as typeof pool.query;
  await run().finally(() => (pool.query = query as typeof pool.query));
  return count;
}

test('S21: a call with its tool costs two statements that write, and a run one that reads', async (t) => {
  const database = (await checkpointDatabase(t)).pool();
  const checkpointer = await openCheckpointer(conversations(database));
  const count = async (bench: AgentBench, changes: Partial<AgentRequest> = {}): Promise<[number, number]> => {
    const { reads, writes } = await statementsOf(database, () => bench.run({ checkpointer, ...changes }).catch(() => undefined));
    return [reads, writes];
  };
  const one = await agentBench(t, callTool('write_artifact', { title: 'a' }), say('hm'));
  assert.deepEqual(await count(one), [1, 2]);
  assert.deepEqual(await count(one), [1, 0], 'a thread that has ended');
  assert.deepEqual(await count(one, { attempt: 2, repair: 'again' }), [1, 1], 'a reply without a tool');
  assert.equal(one.stub.requests.length, 2);
  const three = await agentBench(t, ...SCRIPT());
  assert.deepEqual(await count(three, { threadId: 'three' }), [1, 6]);
  const failing = await agentBench(t, status(500, {}), callTool('write_artifact', { title: 'a' }));
  assert.deepEqual(await count(failing, { threadId: 'failing' }), [1, 1], 'a call that failed');
  assert.deepEqual(await count(failing, { threadId: 'failing' }), [1, 2], 'and that was made again');
});

test('S21: a reply can be read when its tool runs, and what tools did when the model is called again', async (t) => {
  const { pool } = await checkpointDatabase(t);
  const other = await openCheckpointer(conversations(pool()));
  const kept = async (): Promise<string[]> => {
    const { checkpoint } = (await other.getTuple({ configurable: { thread_id: THREAD } })) ?? {};
    return ((checkpoint?.channel_values.messages ?? []) as AgentStateValues['messages']).map(({ type }) => type);
  };
  const seen: [string, string[]][] = [];
  const look = (what: string, answer: Answer): Answer => (...args) => void kept().then((messages) => (seen.push([what, messages]), answer(...args)));
  const bench = await agentBench(t, look('call 1', callTool('write_file', { path: 'repo/a.txt', content: 'a' })), look('call 2', callTool('write_artifact', { title: 'a' })));
  const { folder } = bench.request;
  const watched: typeof folder = {
    ...folder,
    write: async (...args) => {
      seen.push(['tool', await kept()]);
      return folder.write(...args);
    },
  };
  await bench.run({ checkpointer: await openCheckpointer(conversations(pool())), folder: watched });
  seen.push(['end', await kept()]);
  assert.deepEqual(seen, [
    ['call 1', []],
    ['tool', ['human', 'ai']],
    ['call 2', ['human', 'ai', 'tool']],
    ['tool', ['human', 'ai', 'tool', 'ai']],
    ['end', ['human', 'ai', 'tool', 'ai', 'tool']],
  ]);
});

const WAYS: [string, (request: AgentRequest) => Promise<unknown>][] = [
  ['run', runAgent],
  ['run of the version before, which wrote each checkpoint by itself,', (request) => runGraph(request, request.checkpointer)],
];
for (const [way, run] of WAYS) {
  test(`S21: whichever statement a ${way} dies after, no reply that was kept is paid again, and it ends the same`, async (t) => {
    const { pool } = await checkpointDatabase(t);
    const healthy = await openCheckpointer(conversations(pool()));
    let lost = 0;
    let survived = false;
    for (let dies = 1; !survived; dies++) {
      const threadId = `dies-${dies}`;
      const bench = await agentBench(t);
      bench.stub.script.push(...Array.from({ length: 6 }, () => fromTheConversation(bench)));
      const mortal = pool();
      const checkpointer = await openCheckpointer(conversations(mortal));
      const settled = dieAfter(mortal, dies);
      survived = await run({ ...bench.request, threadId, checkpointer }).then(() => true, (error: Error) => (assert.equal(error.message, 'killed'), false));
      await settled();
      const paid = bench.stub.requests.length;
      const kept = await repliesIn(healthy, threadId);
      const { outcome, calls, toolCalls } = await bench.run({ threadId, checkpointer: healthy });
      assert.equal(outcome.kind, 'artifact_written');
      assert.equal(bench.stub.requests.length - paid, 3 - kept, `after ${dies} statements`);
      assert.deepEqual([calls.length, toolCalls.length], [3, 3]);
      assert.deepEqual(await bench.artifact(), { title: 'a' });
      assert.ok(paid - kept <= 1, `${paid} paid, ${kept} kept`);
      lost += paid - kept;
      assert.ok(dies < 40);
    }
    assert.ok(lost > 0, 'a run that dies with a reply in its hands loses it');
  });
}

test('S21: after failures and repairs the tables have what the original saver would have written', async (t) => {
  const [ours, theirs] = [(await checkpointDatabase(t)).pool(), (await checkpointDatabase(t)).pool()];
  const mine = await openCheckpointer(conversations(ours));
  const original = new PostgresSaver(theirs, undefined, { schema: CHECKPOINT_SCHEMA });
  await original.setup();
  const bench = await agentBench(t, ...SCRIPT().slice(0, 2), status(500, {}), callTool('write_artifact', { title: 1 }), say('no'));
  for (const [attempt, repair] of [[1, null], [1, null], [2, 'title must be a string'], [3, 'again']] as const) {
    const request = { ...bench.request, attempt, repair };
    const { checkpointer, writes: waiting } = batchedCheckpointer(mine);
    const both = Object.create(checkpointer) as BaseCheckpointSaver;
    // the original writes at once what it is given
    both.put = (...args) => original.put(...args).then(() => checkpointer.put(...args));
    both.putWrites = (config, writes, task) => original.putWrites(config, writes, task).then(() => checkpointer.putWrites(config, writes, task));
    await runGraph(request, both).catch(() => undefined);
    await waiting.send();
    for (const table of ['checkpoints', 'checkpoint_blobs', 'checkpoint_writes']) {
      const [a, b] = await Promise.all([ours, theirs].map((each) => each.query(`select * from langgraph.${table} order by ${table}::text`)));
      assert.ok(a && a.rows.length > 0);
      assert.deepEqual(a.rows, b?.rows, table);
    }
  }
});

test('S21: a thread that was stopped in its first call has been begun', async (t) => {
  const database = (await checkpointDatabase(t)).pool();
  const checkpointer = await openCheckpointer(conversations(database));
  const stop = new AbortController();
  const bench = await agentBench(t, () => stop.abort(new Error('stop')), callTool('write_artifact', { title: 'a' }));
  assert.deepEqual(await statementsOf(database, () => assert.rejects(bench.run({ checkpointer, signal: stop.signal }), /stop/)), { reads: 1, writes: 1 });
  const tuple = await checkpointer.getTuple({ configurable: { thread_id: THREAD } });
  assert.deepEqual((tuple?.checkpoint.channel_values.messages as AgentStateValues['messages']).map(({ id }) => id), ['prompt']);
  assert.equal((await bench.run({ checkpointer })).outcome.kind, 'artifact_written');
});

/** What `runAgent` does, with nothing between the graph and the checkpointer. */
async function runGraph(request: AgentRequest, checkpointer: BaseCheckpointSaver): Promise<unknown> {
  const graph = buildAgentGraph({ ...request, checkpointer }, new Observer(request.observe), new InFlight());
  const config = { configurable: { thread_id: request.threadId }, durability: 'sync' as const };
  const step = nextStep(await graph.getState(config), request);
  return graph.invoke(step.kind === 'begin' ? step.input : null, config);
}

/** A model that says the same to the same conversation, however often it is asked. */
function fromTheConversation({ stub }: AgentBench): Answer {
  return (...args) => {
    const replies = stub.requests.at(-1)?.body.messages.filter(({ role }) => role === 'assistant').length ?? 0;
    SCRIPT()[replies]?.(...args);
  };
}

/** Like a worker that is killed: nothing is asked of the database after so many statements. @returns waits for the last of them */
function dieAfter(pool: pg.Pool, statements: number): () => Promise<unknown> {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  const asked: Promise<unknown>[] = [];
  const ask = (...args: unknown[]): Promise<unknown> => {
    if (asked.length === statements) return Promise.reject(new Error('killed'));
    asked.push(query(...args));
    return asked.at(-1)!;
  };
  pool.query = ask as typeof pool.query;
  return () => Promise.allSettled(asked);
}

async function repliesIn(checkpointer: BaseCheckpointSaver, threadId: string): Promise<number> {
  const { checkpoint, pendingWrites = [] } = (await checkpointer.getTuple({ configurable: { thread_id: threadId } })) ?? {};
  return ((checkpoint?.channel_values.calls ?? []) as unknown[]).length + pendingWrites.filter(([, channel]) => channel === 'calls').length;
}
