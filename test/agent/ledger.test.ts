import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { usedBy } from '../../src/agent/model/worst-case.js';
import { addMoney, money, NO_MONEY } from '../../src/domain/money/amount.js';
import { agentBench } from './support/agent-bench.js';
import { callTool, callTools, completion, onlySay, say } from './support/http-stub.js';

test('S23: a reply is one line with the figures of the provider', async (t) => {
  const bench = await agentBench(t, ...onlySay('hi', {}, { id: 'resp-1' }));
  const { calls } = await bench.run();
  const { latencyMs, ts, ...facts } = calls[0] ?? assert.fail();
  assert.deepEqual(facts, {
    id: 'resp-1',
    phaseKey: 'design',
    attempt: 1,
    threadId: 'run:r:phase:design',
    persona: 'ada',
    personaVersion: '1',
    backend: 'stub',
    model: 'stub-model',
    status: 'ok',
    errorCode: null,
    finishReason: 'stop',
    inputTokens: 120,
    outputTokens: 30,
    cachedTokens: 64,
    reasoningTokens: 12,
    // 56 × $0.01 + 64 × $0.005, 30 × $0.03, per 1,000
    costInputMicroUsd: money(880),
    costOutputMicroUsd: money(900),
    reservedMicroUsd: null,
    reservedTokens: null,
  });
  assert.ok(latencyMs >= 0 && Math.abs(Date.now() - Date.parse(ts)) < 10_000);
  assert.deepEqual(bench.seen.calls, calls);
});

test('S25: a model without a price costs null, not 0', async (t) => {
  const bench = await agentBench(t, ...onlySay('hi'));
  const { calls } = await bench.run({ model: { ...bench.request.model, price: null } });
  assert.deepEqual([calls[0]?.costInputMicroUsd, calls[0]?.costOutputMicroUsd], [null, null]);
});

const NO_USAGE = {
  missing: undefined,
  null: null,
  empty: {},
  zeros: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  'no output for words': { prompt_tokens: 100, completion_tokens: 0 },
  'no input': { prompt_tokens: 0, completion_tokens: 20 },
  odd: { prompt_tokens: -5, completion_tokens: 'many', prompt_tokens_details: null },
  'more than can be counted': { prompt_tokens: 1e300, completion_tokens: 1e300 },
};
for (const [what, usage] of Object.entries(NO_USAGE)) {
  test(`S23, S24: a reply whose usage can't be read (${what}): its cost is unknown, and its worst case counts`, async (t) => {
    const bench = await agentBench(
      t,
      callTools([{ name: 'ls', args: {} }], {}, { usage }),
      ...onlySay('hi', {}, { usage }),
    );
    const { calls } = await bench.run();
    const reserved = bench.seen.begun.map(({ reservedMicroUsd }) => reservedMicroUsd);
    for (const [index, call] of calls.entries()) {
      assert.deepEqual(
        [call.status, call.inputTokens, call.outputTokens, call.costInputMicroUsd, call.costOutputMicroUsd],
        ['ok', 0, 0, null, null],
      );
      assert.equal(call.reservedMicroUsd, reserved[index]);
      assert.ok((call.reservedTokens ?? 0) > 16_384, 'prompt and output ceiling');
    }
    const used = usedBy(calls);
    assert.equal(used.microUsd, addMoney(...reserved.map((amount) => amount ?? NO_MONEY)));
  });
}

test('S23, S24: a reply that was cut or has thought said something, though no word of it is there', async (t) => {
  const usage = { prompt_tokens: 100 };
  for (const answer of [
    say('', { finish_reason: 'length' }, { usage }),
    completion({ content: '', reasoning_content: 'so' }, {}, { usage }),
    completion({ content: null, reasoning: 'so' }, { finish_reason: 'content_filter' }, { usage }),
  ]) {
    const bench = await agentBench(t, answer, ...onlySay('no'));
    const [call] = (await bench.run()).calls;
    assert.deepEqual([call?.inputTokens, call?.costInputMicroUsd, call?.costOutputMicroUsd], [0, null, null]);
    assert.equal(call?.reservedMicroUsd, bench.seen.begun[0]?.reservedMicroUsd);
  }
});

test('S23: an empty reply may really have no output tokens', async (t) => {
  const bench = await agentBench(
    t,
    say('', { finish_reason: 'content_filter' }, { usage: { prompt_tokens: 100, completion_tokens: 0 } }),
  );
  const [call] = (await bench.run()).calls;
  assert.deepEqual(
    [call?.inputTokens, call?.costInputMicroUsd, call?.costOutputMicroUsd, call?.reservedMicroUsd],
    [100, '1000', '0', null],
  );
});

test('S23: replies whose id is missing or always the same stay apart, in the ledger and in the conversation', async (t) => {
  for (const id of ['same', undefined, null, 7, '']) {
    const bench = await agentBench(
      t,
      ...[1, 2, 3].map(() => callTools([{ name: 'ls', args: {}, id: 'c' }], {}, { id })),
      ...onlySay('end', {}, { id }),
    );
    const { calls } = await bench.run();
    assert.equal(new Set(calls.map((call) => call.id)).size, 8);
    assert.equal(new Set(bench.kept.toolCalls.map((call) => call.id)).size, 3);
    assert.equal(bench.stub.requests[3]?.body.messages.length, 2 + 3 * 2);
  }
});

test('S23: two attempts at once that are answered without ids, or with one: both calls are in the ledger', async (t) => {
  for (const id of [undefined, 'same']) {
    const before = callTools([{ name: 'ls', args: {} }], {}, { id });
    const bench = await agentBench(
      t,
      before,
      (response) => response.destroy(),
      ...['one', 'two'].map((title) => callTools([{ name: 'write_artifact', args: { title } }], {}, { id })),
    );
    await assert.rejects(bench.run(), { name: 'ModelFailure' });
    const both = await Promise.allSettled([bench.run(), bench.run()]);
    const refused = both.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).name] : []));
    assert.deepEqual(refused, ['OlderAttempt']);
    assert.equal(bench.kept.messages.filter(({ role }) => role === 'assistant').length, 2);
    assert.equal(bench.kept.modelCalls.filter(({ status }) => status === 'ok').length, 3);
  }
});

test('S23: a paid reply and its line of the ledger are one write, and so are the answers of tools and their audit', async (t) => {
  const bench = await agentBench(
    t,
    callTools([
      { name: 'ls', args: {} },
      { name: 'ls', args: {} },
    ]),
    callTool('write_artifact', { title: 'a' }),
  );
  const writes: string[] = [];
  const { append } = bench.kept;
  bench.kept.append = async (write) => {
    writes.push(
      `${write.messages.map(({ role }) => role).join()}: ${write.modelCalls.length}, ${write.toolCalls.length}`,
    );
    await append.call(bench.kept, write);
  };
  await bench.run();
  assert.deepEqual(writes, ['user,assistant: 1, 0', 'tool,tool: 0, 2', 'assistant: 1, 0', 'tool: 0, 1']);
});

test('S26: every tool call is audited, with large arguments by hash and size', async (t) => {
  const bench = await agentBench(
    t,
    callTools([
      { name: 'write_file', args: { path: 'repo/big.txt', content: 'é'.repeat(1_025) }, id: 'big' },
      { name: 'write_file', args: { content: 1 }, id: 'unfit' },
      { name: 'read_file', args: { path: '../../etc/passwd' }, id: 'outside' },
      { name: 'read_file', args: { path: 'repo/not-there' }, id: 'missing' },
      { name: 'write_file', args: { path: 'repo/secret/a', content: 'a' }, id: 'forbidden' },
    ]),
    ...onlySay('done'),
  );
  await bench.run();
  const { toolCalls } = bench.kept;
  assert.deepEqual(
    toolCalls.map((call) => call.outcome),
    ['ok', 'refused', 'refused', 'refused', 'refused'],
  );
  const [big, unfit, , missing] = toolCalls;
  assert.deepEqual(big?.args, {
    path: 'repo/big.txt',
    content: { sha256: createHash('sha256').update('é'.repeat(1_025)).digest('hex'), bytes: 2_050 },
  });
  assert.match(unfit?.message ?? '', /path: .*; content: /);
  assert.doesNotMatch(missing?.message ?? '', new RegExp(bench.root));
});
