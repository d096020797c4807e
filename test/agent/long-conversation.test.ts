import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SUMMARY_REQUEST } from '../../src/agent/conversation/view/summary-text.js';
import { ModelFailure } from '../../src/agent/model/model-failure.js';
import { agentBench, type AgentBench } from './support/agent-bench.js';
import { callTool, say, status, type Answer, type ReceivedRequest } from './support/http-stub.js';

const LINES = Array.from({ length: 60 }, (_, n) => `export const value${n} = 'line ${n} of a file';`).join('\n');
/** About 900 tokens each, as the requests are measured. */
const READS = 12;

const reads = (n: number): Answer[] =>
  Array.from({ length: n }, (_, k) => callTool('read_file', { path: `repo/f${k}` }));
const done = callTool('write_artifact', { title: 'x' });

async function bench(
  t: TestContext,
  ...script: Answer[]
): Promise<AgentBench & { small: AgentBench['request']['model'] }> {
  const made = await agentBench(t, ...script.map(noUsage));
  await mkdir(join(made.root, 'repo'));
  for (let n = 0; n < READS; n++) await writeFile(join(made.root, `repo/f${n}`), `${n}\n${LINES}`);
  // each test has a model of its own, since a process remembers what a model's context has
  return { ...made, small: { ...made.request.model, contextTokens: 9_000 } };
}

const sizes = (requests: readonly ReceivedRequest[]): number[] =>
  requests.map(({ body }) => JSON.stringify(body.messages).length);
const asksForSummary = ({ body }: ReceivedRequest): boolean =>
  String(body.messages.at(-1)?.content).startsWith(SUMMARY_REQUEST);

test('old results are cut in big steps, nothing is rewritten, and requests begin alike between the steps', async (t) => {
  const { run, small, stub, kept } = await bench(t, ...reads(READS), done);
  const { outcome } = await run({ model: small, maxModelCalls: 40 });
  assert.equal(outcome.kind, 'artifact_written');
  const cuts = kept.messages.filter(({ role }) => role === 'cut');
  assert.ok(cuts.length >= 1 && cuts.length <= 4, `${cuts.length} cuts`);
  const results = kept.messages.filter(({ role }) => role === 'tool').slice(0, READS);
  for (const { message } of results) assert.match(message.content as string, /line 59 of a file/);
  let alike = 0;
  for (const [n, { body }] of stub.requests.entries()) {
    const before = stub.requests[n - 1]?.body.messages ?? [];
    if (JSON.stringify(body.messages.slice(0, before.length)) === JSON.stringify(before)) alike++;
  }
  assert.equal(stub.requests.length - alike, cuts.length);
  const last = stub.requests.at(-1)?.body.messages ?? [];
  assert.match(String(last[3]?.content), /left out by phasegate: the result of read_file .*repo\/f0.*call it again/);
  assert.match(String(last.at(-1)?.content), /line 59 of a file/);
});

test('the same is sent after a crash between a cut and the reply', async (t) => {
  const { run, small, stub, kept } = await bench(t, ...reads(READS));
  await assert.rejects(run({ model: small, maxModelCalls: 40 }), ModelFailure);
  const before = stub.requests.at(-1)?.body;
  stub.script.push(done);
  await run({ model: small, maxModelCalls: 40 });
  assert.deepEqual(stub.requests.at(-1)?.body, before);
  assert.ok(kept.messages.some(({ role }) => role === 'cut'));
});

/** An answer that tells no usage, so that requests are measured by their bytes. */
function noUsage(answer: Answer): Answer {
  return (response, request) => {
    const end = response.end.bind(response);
    response.end = ((text: string) => end(text.replace(/,"usage":\{.*\}(?=\}$)/, ''))) as typeof response.end;
    answer(response, request);
  };
}

test('from 80 % the model writes a record; the first message, people’s words and the newest turn stay', async (t) => {
  const { run, small, stub, kept } = await bench(t);
  const answer: Answer = (response, request) => {
    const asks = stub.requests.at(-1);
    const reply = asks && asksForSummary(asks) ? say('Done: f0 was read. Next: write the design.') : thinks(0);
    const isOver = kept.messages.some(({ role }) => role === 'summary');
    noUsage(isOver ? done : reply)(response, request);
  };
  stub.script.push(...Array.from({ length: 30 }, () => answer));
  // it is the long words of the model that fill the context
  const model = { ...small, contextTokens: 4_500 };
  const { outcome, calls } = await run({ model, maxModelCalls: 40, repair: 'Please call it "X".', isFeedback: true });
  const summary = stub.requests.findIndex(asksForSummary);
  assert.ok(summary > 0, JSON.stringify(sizes(stub.requests)));
  assert.equal(outcome.kind, 'artifact_written');
  const after = stub.requests[summary + 1]?.body.messages ?? [];
  const said = after.map(({ content }) => String(content));
  assert.deepEqual(said.slice(1, 3), ['Write the design.', 'Please call it "X".']);
  assert.match(said[3] ?? '', /It is a record, and no task[^]*RECORD BEGIN/);
  assert.ok((sizes(stub.requests)[summary + 1] ?? 0) < 0.8 * (sizes(stub.requests)[summary] ?? 0));
  const row = kept.messages.find(({ role }) => role === 'summary');
  assert.ok(
    calls.some(({ id }) => id === row?.id),
    'the summary is in the ledger',
  );
  assert.equal(row?.message.failed, null);
});

function thinks(n: number): Answer {
  return callToolWithWords(`${n} ${'I think about it. '.repeat(60)}`);
}

function callToolWithWords(content: string): Answer {
  return (response, request) => {
    const end = response.end.bind(response);
    response.end = ((text: string) =>
      end(text.replace('"content":null', `"content":${JSON.stringify(content)}`))) as typeof response.end;
    callTool('ls', { path: 'repo' })(response, request);
  };
}

test('a summary that fails changes nothing, and three in a row are the last', async (t) => {
  const { run, small, stub, kept } = await bench(t);
  const model = { ...small, contextTokens: 4_000 };
  const answer: Answer = (response, request) => {
    const asks = stub.requests.at(-1);
    const reply = asks && asksForSummary(asks) ? say('') : thinks(stub.requests.length);
    noUsage(reply)(response, request);
  };
  stub.script.push(...Array.from({ length: 30 }, () => answer));
  await run({ model, maxModelCalls: 16 });
  const failed = kept.messages.filter(({ role }) => role === 'summary');
  assert.deepEqual(
    failed.map(({ message }) => message.failed),
    Array(3).fill('the reply has no text'),
  );
  const summaries = stub.requests.filter(asksForSummary);
  assert.equal(summaries.length, 3);
  assert.ok(!JSON.stringify(stub.requests.at(-1)?.body).includes('RECORD BEGIN'));
});

test('where the budget has no room for a summary, none is asked for', async (t) => {
  const all = await bench(t, ...Array.from({ length: 30 }, (_, n) => thinks(n)));
  const model = { ...all.small, contextTokens: 4_000, maxOutputTokens: 500 };
  await all.run({ model, maxModelCalls: 30 });
  const paid = all.stub.requests.findIndex(asksForSummary);
  const spent = all.kept.modelCalls.slice(0, paid).reduce((sum, call) => sum + (call.reservedTokens ?? 0), 0);
  const { run, stub } = await bench(t, ...Array.from({ length: 30 }, (_, n) => thinks(n)));
  const budget = { microUsd: null, tokens: spent + 1_000 };
  const { outcome } = await run({ model: { ...model, baseUrl: stub.baseUrl }, maxModelCalls: 30, budget });
  assert.deepEqual([outcome.kind, stub.requests.length], ['budget_exceeded', paid]);
});

const TOO_LONG = status(400, {
  error: {
    message: "This model's maximum context length is 6000 tokens. However, your messages resulted in 6100 tokens.",
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
  },
});

test('a context that is not known is learned from the refusal, and the conversation goes on shortened', async (t) => {
  const lessons: string[] = [];
  const { run, small, stub, request } = await bench(t, ...reads(8), TOO_LONG, done);
  const model = { ...small, contextTokens: undefined, name: 'unknown-1' };
  const observe = { ...request.observe, learned: ({ told }: { told: string }) => void lessons.push(told) };
  const { outcome } = await run({ model, maxModelCalls: 40, observe });
  assert.equal(outcome.kind, 'artifact_written');
  assert.match(lessons.join(), /its context has 6000 tokens/);
  const [refused = 0, again = 0] = sizes(stub.requests).slice(-2);
  assert.ok(again < 0.7 * refused, `${again} of ${refused}`);
});

test('refused again and again: cut, then summed up once, then the code; a later attempt shortens first', async (t) => {
  const { run, small, stub, kept } = await bench(t, ...[1, 2, 3, 4, 5, 6].map(thinks), ...reads(4));
  const model = { ...small, contextTokens: undefined, name: 'unknown-2' };
  const unnamed = status(400, { error: { message: 'prompt is too long', type: 'invalid_request_error' } });
  stub.script.push(unnamed, unnamed, noUsage(say('The record: f0 to f7 were read.')), unnamed);
  await assert.rejects(run({ model, maxModelCalls: 40 }), { code: 'model_context_too_long' });
  assert.equal(stub.requests.filter(asksForSummary).length, 1);
  assert.deepEqual(
    kept.messages.map(({ role }) => role).filter((role) => !['user', 'assistant', 'tool'].includes(role)),
    ['limit', 'cut', 'limit', 'summary', 'limit'],
  );
  const before = sizes(stub.requests).at(-1) ?? 0;
  stub.script.push(noUsage(say('The record, shorter.')), done);
  await run({ model: model, maxModelCalls: 40, attempt: 2 });
  assert.ok((sizes(stub.requests).at(-1) ?? 0) <= before);
});

test('a conversation of one message that is too long ends with the code at once', async (t) => {
  const { run, small, stub } = await bench(t, TOO_LONG, done);
  await assert.rejects(run({ model: { ...small, name: 'unknown-3' } }), { code: 'model_context_too_long' });
  assert.equal(stub.requests.length, 1);
});

/** A model that thinks aloud in each turn, and writes a short record when it is asked for one. */
function thinker(stub: AgentBench['stub']): Answer[] {
  const answer: Answer = (response, request) => {
    const asks = stub.requests.at(-1);
    const reply = asks && asksForSummary(asks) ? say('The record: nothing yet.') : thinks(stub.requests.length);
    noUsage(reply)(response, request);
  };
  return Array.from({ length: 60 }, () => answer);
}

test('no summary is asked for where what it covers is too little to help', async (t) => {
  const { run, small, stub, kept } = await bench(t);
  const model = { ...small, contextTokens: 32_768, maxOutputTokens: 8_000 };
  stub.script.push(...thinker(stub));
  await run({ model, maxModelCalls: 40, prompt: async () => 'words '.repeat(7_500) });
  const summaries = kept.messages.filter(({ role }) => role === 'summary');
  assert.ok(summaries.length > 0);
  for (const { message } of summaries) assert.equal(message.failed, null);
});

test('after a summary the model is told that the next call is the last', async (t) => {
  const whole = await bench(t);
  whole.stub.script.push(...thinker(whole.stub));
  await whole.run({ model: { ...whole.small, contextTokens: 4_500 }, maxModelCalls: 40 });
  const full = whole.stub.requests.findIndex(asksForSummary);
  assert.ok(full > 0);
  const { run, small, stub } = await bench(t);
  stub.script.push(...thinker(stub));
  await run({ model: { ...small, contextTokens: 4_500 }, maxModelCalls: full + 2 });
  assert.ok(stub.requests.slice(0, -1).some(asksForSummary));
  assert.match(String(stub.requests.at(-1)?.body.messages.at(-1)?.content), /last model call/);
});
