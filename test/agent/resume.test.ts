import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { AgentRequest } from '../../src/agent/run-agent.js';
import { NOTHING } from '../../src/domain/money/budget.js';
import { money } from '../../src/domain/money/amount.js';
import { agentBench, ARTIFACT, type AgentBench } from './support/agent-bench.js';
import type { MemoryConversations } from './support/memory-conversations.js';
import { callTool, callTools, onlySay, status, type Answer } from './support/http-stub.js';

/** Four model calls, three tools before the artifact; the last file shows whether anything ran twice with effect. */
const SCRIPT = (): Answer[] => [
  callTool('write_file', { path: 'repo/notes.txt', content: 'one\n' }),
  callTool('edit_file', { path: 'repo/notes.txt', oldText: 'one\n', newText: 'one\ntwo\n' }),
  callTool('ls', {}),
  callTool('write_artifact', { title: 'done' }),
];

type Crash = (bench: AgentBench, kill: () => void) => Partial<AgentRequest>;

const CRASHES: { name: string; crash: Crash; httpCalls: number }[] = [
  {
    name: 'before model call 3',
    httpCalls: 4,
    crash: ({ request: { observe } }, kill) => ({
      observe: { ...observe, modelCallStarted: (n) => void (n === 3 && kill()) },
    }),
  },
  {
    name: 'after reply 2, before it is kept',
    httpCalls: 5,
    crash: (bench, kill) => atWrite(bench, 3, kill, 'lost'),
  },
  {
    name: 'after reply 2, once it is kept',
    httpCalls: 4,
    crash: (bench, kill) => atWrite(bench, 3, kill, 'kept'),
  },
  {
    name: 'in tool 2, after it wrote',
    httpCalls: 4,
    crash: (bench, kill) => atWrite(bench, 4, kill, 'lost'),
  },
  {
    name: 'after the artifact was written, before the watch saw it',
    httpCalls: 4,
    crash: (bench, kill) => atWrite(bench, 8, kill, 'lost'),
  },
];

for (const { name, crash, httpCalls } of CRASHES) {
  test(`S21: killed ${name}, the conversation goes on: ${httpCalls} calls in all`, async (t) => {
    const bench = await agentBench(t, ...SCRIPT());
    // a reply that is lost is asked for again: the model says the same
    if (httpCalls === 5)
      bench.stub.script.splice(
        2,
        0,
        callTool('edit_file', { path: 'repo/notes.txt', oldText: 'one\n', newText: 'one\ntwo\n' }),
      );
    const killer = new AbortController();
    const reason = new Error('killed');
    await assert.rejects(bench.run({ signal: killer.signal, ...crash(bench, () => killer.abort(reason)) }), reason);
    const { outcome, calls } = await bench.run();
    assert.equal(outcome.kind, 'artifact_written');
    assert.equal(bench.stub.requests.length, httpCalls);
    assert.deepEqual([calls.length, bench.kept.toolCalls.length], [4, 4]);
    assert.equal(await readFile(join(bench.root, 'repo/notes.txt'), 'utf8'), 'one\ntwo\n');
    await bench.run();
    assert.equal(bench.stub.requests.length, httpCalls, 'a finished conversation costs nothing');
  });
}

/** The process dies at a write: it is the last that it makes, or is not made any more. */
function atWrite({ kept }: AgentBench, n: number, kill: () => void, what: 'kept' | 'lost'): Partial<AgentRequest> {
  let writes = 0;
  const append: MemoryConversations['append'] = async (write) => {
    writes++;
    if (writes > n || (writes === n && what === 'lost')) {
      kill();
      throw new Error('the process is gone');
    }
    await kept.append(write);
    if (writes === n) kill();
  };
  return { conversation: { read: () => kept.read(), append } };
}

test('S21: a provider error leaves the thread at the call: the attempt goes on there', async (t) => {
  const bench = await agentBench(
    t,
    callTool('ls', {}),
    status(500, {}),
    status(429, {}),
    callTool('write_artifact', { title: 'a' }),
  );
  await assert.rejects(bench.run(), { code: 'provider_error' });
  await assert.rejects(bench.run(), { code: 'provider_rate_limited' });
  assert.equal((await bench.run()).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 4);
  assert.deepEqual(
    bench.seen.calls.map((call) => call.status),
    ['ok', 'error', 'error', 'ok'],
  );
});

test('S12: a repair is a new message on the finished thread', async (t) => {
  const bench = await agentBench(
    t,
    callTool('write_artifact', { title: 1 }),
    callTool('write_artifact', { title: 'a' }),
  );
  await bench.run();
  const { outcome, calls } = await bench.run({ attempt: 2, repair: '/title: expected string, found 1' });
  assert.equal(outcome.kind, 'artifact_written');
  assert.deepEqual(
    calls.map((call) => call.attempt),
    [1, 2],
  );
  assert.deepEqual(rolesOf(bench, 1), ['system', 'user', 'assistant', 'tool', 'user']);
  assert.equal(bench.stub.requests[1]?.body.messages.at(-1)?.content, '/title: expected string, found 1');
  // the repair's own retry finds it done, and adds no second message
  await bench.run({ attempt: 2, repair: '/title: expected string, found 1' });
  assert.equal(bench.stub.requests.length, 2);
});

test('S12: a repair goes on with a thread that ran out of time in the middle of a tool', async (t) => {
  const bench = await agentBench(
    t,
    callTools([
      { name: 'ls', args: {} },
      { name: 'ls', args: {} },
    ]),
    callTool('write_artifact', { title: 'a' }),
  );
  const time = new AbortController();
  const stopped = atWrite(bench, 2, () => time.abort(new Error('time is up')), 'lost');
  await assert.rejects(bench.run({ signal: time.signal, ...stopped }), /time is up/);
  const { outcome } = await bench.run({ attempt: 2, repair: 'Be quicker.' });
  assert.equal(outcome.kind, 'artifact_written');
  assert.deepEqual(
    rolesOf(bench, 1),
    ['system', 'user', 'assistant', 'tool', 'tool', 'user'],
    'every call is answered',
  );
  assert.match(String(bench.stub.requests[1]?.body.messages[3]?.content), /interrupted/);
});

test('S12: a repair goes on with a thread that waits at its first call', async (t) => {
  const bench = await agentBench(t, status(503, {}), callTool('write_artifact', { title: 'a' }));
  await assert.rejects(bench.run(), { code: 'provider_error' });
  await bench.run({ attempt: 2, repair: 'Now, please.' });
  assert.deepEqual(rolesOf(bench, 1), ['system', 'user', 'user']);
});

test('S12: a later attempt on a thread that is gone begins with prompt and repair', async (t) => {
  const bench = await agentBench(t, ...onlySay('hm'));
  await bench.run({ attempt: 3, repair: 'wrong twice' });
  assert.deepEqual(
    bench.stub.requests[0]?.body.messages.slice(1).map((message) => message.content),
    ['Write the design.', 'wrong twice'],
  );
});

test('S12: a request for an earlier attempt than the thread has seen gives what is there', async (t) => {
  const bench = await agentBench(t, ...onlySay('hm'), callTool('write_artifact', { title: 'a' }));
  await bench.run();
  await bench.run({ attempt: 2, repair: 'again' });
  assert.equal((await bench.run({ attempt: 1 })).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 6);
});

test('S12: a person helps after a failure that told no attempt (temporal activity fail): the agent is told, once', async (t) => {
  const again = { attempt: 1, repair: 'Call it Bee.' };
  const bench = await agentBench(
    t,
    callTool('write_artifact', { title: 'a' }),
    status(500, {}),
    callTool('ls', {}),
    callTool('write_artifact', { title: 'Bee' }),
  );
  await bench.run();
  await assert.rejects(bench.run(again), { code: 'provider_error' });
  assert.equal((await bench.run(again)).outcome.kind, 'artifact_written');
  assert.deepEqual(
    await bench.artifact(),
    { title: 'Bee' },
    'what was written before the help is not the answer to it',
  );
  await bench.run(again);
  assert.equal(bench.stub.requests.length, 4);
  assert.equal(bench.kept.messages.filter(({ message }) => message.content === 'Call it Bee.').length, 1);
  const first = await agentBench(t, ...onlySay('hm'));
  await first.run(again);
  assert.deepEqual(
    first.stub.requests[0]?.body.messages.slice(1).map((message) => message.content),
    ['Write the design.', 'Call it Bee.'],
  );
});

test('S12: what the model did wrong is not paid for again on the same attempt', async (t) => {
  const bench = await agentBench(t, ...onlySay('no'));
  const first = await bench.run();
  const second = await bench.run();
  assert.deepEqual(second, first);
  assert.equal(bench.stub.requests.length, 5);
});

test('S21: a reply that could not be kept at once is kept at the end of the attempt, and its error is the end', async (t) => {
  const bench = await agentBench(t, ...SCRIPT());
  let writes = 0;
  bench.kept.beforeAppend = () => {
    if (++writes === 3) throw new Error('not now');
  };
  await assert.rejects(bench.run(), /not now/);
  const { outcome } = await bench.run();
  assert.equal(outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 4);
});

test('S21: another attempt has gone on with the conversation: this one steps aside, and its calls are in the ledger', async (t) => {
  const bench = await agentBench(t, callTool('ls', {}), callTool('ls', {}), callTool('write_artifact', { title: 'a' }));
  bench.kept.beforeAppend = async () => {
    bench.kept.beforeAppend = () => undefined;
    await bench.kept.append({
      messages: [
        {
          ordinal: 1,
          id: 'prompt',
          attempt: 1,
          role: 'user',
          message: { role: 'user', content: 'x' },
          wrote: [],
          ts: '',
        },
        { ordinal: 2, id: 'other-reply', attempt: 1, role: 'assistant', message: {}, wrote: [], ts: '' },
      ],
      modelCalls: [],
      toolCalls: [],
    });
  };
  await assert.rejects(bench.run(), { name: 'OlderAttempt' });
  assert.deepEqual(
    bench.kept.messages.map(({ id }) => id),
    ['prompt', 'other-reply'],
  );
  assert.equal(bench.kept.modelCalls.length, 1, 'it was paid all the same');
});

test('a disk that is full ends the attempt as it is, and the step is run again', async (t) => {
  const bench = await agentBench(t, callTool('write_artifact', { title: 'a' }));
  const full: AgentRequest['folder'] = {
    ...bench.request.folder,
    write: () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
  };
  await assert.rejects(bench.run({ folder: full }), { code: 'ENOSPC' });
  assert.deepEqual(
    bench.kept.toolCalls.map((call) => [call.outcome, call.message]),
    [['error', 'Error: no space']],
  );
  assert.equal((await bench.run()).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 1);
});

test('S24: a call is started only when its worst case fits, and a thread that a budget ended goes on when it is raised', async (t) => {
  const bench = await agentBench(t, ...Array.from({ length: 40 }, () => callTool('ls', {})));
  const model = { ...bench.request.model, maxOutputTokens: 100 };
  const withBudget = (microUsd: number) =>
    bench.run({ model, budget: { microUsd: money(microUsd), tokens: null }, maxModelCalls: 40 });
  const nothing = await withBudget(0);
  assert.ok(nothing.outcome.kind === 'budget_exceeded');
  assert.deepEqual(nothing.outcome.used, NOTHING);
  const worst = Number(nothing.outcome.next.microUsd);
  assert.ok(worst > 100 * 30, 'the output ceiling alone costs 3000');
  await withBudget(worst - 1);
  assert.equal(bench.stub.requests.length, 0);
  const broke = await withBudget(worst);
  const calls = bench.stub.requests.length;
  assert.ok(calls >= 1);
  // one call of the stub costs 880 + 900
  assert.ok(broke.outcome.kind === 'budget_exceeded' && broke.outcome.used.microUsd === money(calls * 1_780));
  await withBudget(worst);
  assert.equal(bench.stub.requests.length, calls, 'asked again, it makes no call');
  // what the model is told of its budget is in the worst case, too
  await withBudget(worst + 2 * 1_780);
  assert.ok(bench.stub.requests.length > calls);
  assert.deepEqual(
    rolesOf(bench, calls).slice(0, 4),
    ['system', 'user', 'assistant', 'tool'],
    'the same conversation goes on',
  );
});

test('S24: whatever the budget, in money or in tokens, what is used stays below it', async (t) => {
  for (const limit of ['microUsd', 'tokens'] as const) {
    for (const most of [5_000, 8_000, 12_000, 20_000]) {
      const bench = await agentBench(t, ...Array.from({ length: 30 }, () => callTool('ls', {})));
      const budget = { microUsd: null, tokens: null, [limit]: limit === 'tokens' ? most / 8 : money(most) };
      const { outcome } = await bench.run({
        model: { ...bench.request.model, maxOutputTokens: 60 },
        budget,
        maxModelCalls: 30,
      });
      assert.ok(
        outcome.kind === 'budget_exceeded' && outcome.limit === limit,
        `${limit} ${most}: ${JSON.stringify(outcome)}`,
      );
      assert.ok(Number(outcome.used[limit]) <= Number(budget[limit]));
    }
  }
});

test(`the artifact's path is remembered over a restart: ${ARTIFACT}`, async (t) => {
  const bench = await agentBench(
    t,
    callTools([
      { name: 'write_artifact', args: { title: 'a' } },
      { name: 'ls', args: {} },
    ]),
  );
  const killer = new AbortController();
  await assert.rejects(
    bench.run({ signal: killer.signal, ...atWrite(bench, 2, () => killer.abort(new Error('killed')), 'kept') }),
  );
  assert.equal((await bench.run()).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length, 1);
});

function rolesOf({ stub }: AgentBench, request: number): string[] {
  return stub.requests[request]?.body.messages.map((message) => message.role) ?? [];
}
