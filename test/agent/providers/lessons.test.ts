import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { RemoteTool } from '../../../src/agent/agent-request.js';
import { ModelFailure } from '../../../src/agent/model/model-failure.js';
import { agentBench, type AgentBench } from '../support/agent-bench.js';
import { callTool, completion, status, type Answer } from '../support/http-stub.js';

const refused = (message: string, code = 'invalid_function_parameters'): Answer =>
  status(400, { error: { message, type: 'invalid_request_error', code } });

const SEARCH: RemoteTool = {
  name: 'tickets__search',
  description: 'Searches tickets.',
  parameters: { type: 'object', properties: { q: { type: 'string', format: 'odd' } } },
  call: async () => ({ text: 'none' }),
};

/** A run with a tool of an MCP server; what it learned, and whether its requests had `write_artifact`. */
async function remoteRun(t: TestContext, name: string, ...script: Answer[]) {
  const bench = await agentBench(t, ...script);
  const lessons: string[] = [];
  const changes = changesOf(bench, name, lessons);
  const ended = await bench.run(changes).then(
    ({ outcome }) => outcome.kind,
    (error: unknown) => (error instanceof ModelFailure ? error.code : String(error)),
  );
  const offered = bench.stub.requests.map(({ body }) => body.tools?.map((tool) => tool.function.name) ?? []);
  return { bench, lessons, changes, ended, asked: offered.map((names) => names.includes('write_artifact')) };
}

function changesOf({ request }: AgentBench, name: string, lessons: string[]) {
  return {
    model: { ...request.model, name },
    remote: [SEARCH],
    observe: { ...request.observe, learned: ({ told }: { told: string }) => void lessons.push(told) },
  };
}

// the tools: six of ours, the remote one, write_artifact
const OF_REMOTE = [
  "Invalid schema for function 'tickets__search': In context=('properties', 'q'), 'format' is not permitted.",
  "Invalid value at 'tools[0].function_declarations[6].parameters.properties[0]': unsupported schema",
  "Invalid 'tools[6].function.parameters': schema must have a type",
  'tools.6.function.parameters: input_schema does not support format',
];
for (const [n, message] of OF_REMOTE.entries())
  test(`a refused schema of an MCP tool teaches nothing about write_artifact: ${message}`, async (t) => {
    const { ended, lessons, asked, bench, changes } = await remoteRun(t, `remote-${n}`, refused(message));
    assert.deepEqual([ended, lessons, asked], ['model_request_rejected', [], [true]]);
    bench.stub.script.push(callTool('write_artifact', { title: 'a' }));
    assert.equal((await bench.run(changes)).outcome.kind, 'artifact_written');
  });

test('a refused schema that could be either is tried without write_artifact, and that is remembered only if it helps', async (t) => {
  const words = refused("JSON schema conversion failed: Pattern must start with '^'");
  const vain = await remoteRun(t, 'either-1', words, words);
  assert.deepEqual([vain.ended, vain.lessons, vain.asked], ['model_request_rejected', [], [true, false]]);
  vain.bench.stub.script.push(callTool('write_artifact', { title: 'a' }));
  assert.equal((await vain.bench.run(vain.changes)).outcome.kind, 'artifact_written');
  const file = { path: 'artifacts/design.json', content: '{"title":"a"}' };
  const good = await remoteRun(t, 'either-2', words, callTool('write_file', file));
  assert.deepEqual([good.ended, good.asked], ['artifact_written', [true, false]]);
  assert.match(good.lessons.join(), /write_file/);
});

test("DeepSeek's older words about its own thoughts are understood", async (t) => {
  const thinking = completion(
    {
      reasoning_content: 'so',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'ls', arguments: '{}' } }],
    },
    { finish_reason: 'tool_calls' },
  );
  const words =
    'The reasoning_content is an intermediate result for display purposes only and will not be included in the context for inference. Please remove the reasoning_content from your message to reduce network traffic.';
  const bench = await agentBench(
    t,
    thinking,
    refused(words, 'invalid_request_error'),
    callTool('write_artifact', { title: 'a' }),
  );
  const { outcome } = await bench.run({ model: { ...bench.request.model, name: 'deepseek-old' } });
  assert.equal(outcome.kind, 'artifact_written');
  const has = bench.stub.requests.map(({ body }) => JSON.stringify(body.messages).includes('reasoning_content'));
  assert.deepEqual(has, [false, true, false]);
});

const thinks = (usage: object): Answer => completion({ content: 'x'.repeat(9_000) }, {}, { usage });

test('a guess about the context does not stand against a longer request that was answered, nor against a setting', async (t) => {
  const bench = await agentBench(t, thinks({}), refused('input is too long', 'x'));
  const model = { ...bench.request.model, name: 'guessed', baseUrl: bench.stub.baseUrl };
  const lessons: string[] = [];
  const observe = { ...bench.request.observe, learned: ({ told }: { told: string }) => void lessons.push(told) };
  await bench.run({ model, observe }).catch(() => undefined);
  assert.match(lessons.join(), /about \d+ tokens/);
  const others = await agentBench(t);
  const first = 'a long task '.repeat(4_000);
  const usage = { prompt_tokens: 20_000, completion_tokens: 10 };
  const read = (n: number): Answer =>
    completion(
      { tool_calls: [{ id: `r${n}`, type: 'function', function: { name: 'ls', arguments: '{}' } }] },
      { finish_reason: 'tool_calls' },
      { usage },
    );
  bench.stub.script.splice(0, Infinity, read(1), read(2), callTool('write_artifact', { title: 'a' }));
  const sent = bench.stub.requests.length;
  const { outcome } = await bench.run({
    model,
    prompt: async () => first,
    threadId: 'other',
    conversation: others.kept,
  });
  assert.equal(outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests.length - sent, 3, 'no summary was asked for');
});

test('Mistral: no word of the user may follow the answer of a tool', async (t) => {
  const bench = await agentBench(t);
  const refusal = status(400, {
    object: 'error',
    message: "Unexpected role 'user' after role 'tool'",
    type: 'invalid_request_message_order',
    code: '3230',
  });
  const answer: Answer = (response, request) => {
    const roles = bench.stub.requests.at(-1)?.body.messages.map(({ role }) => role) ?? [];
    const isRefused = roles.some((role, n) => role === 'user' && roles[n - 1] === 'tool');
    const calls = bench.stub.requests.length;
    const next =
      roles.length > 22 ? callTool('write_artifact', { title: 'a' }) : callTool('glob', { pattern: `${calls}` });
    (isRefused ? refusal : next)(response, request);
  };
  bench.stub.script.push(...Array.from({ length: 30 }, () => answer));
  const lessons: string[] = [];
  const { outcome } = await bench.run({
    ...changesOf(bench, 'mistral-order', lessons),
    remote: [],
    maxModelCalls: 12,
  });
  assert.equal(outcome.kind, 'artifact_written');
  assert.match(lessons.join(), /no word of the user may follow/);
  const { messages = [] } = bench.stub.requests.at(-1)?.body ?? {};
  const note = messages.findLastIndex(({ role }) => role === 'user');
  assert.deepEqual(
    messages.slice(note - 2, note).map(({ role }) => role),
    ['tool', 'assistant'],
  );
});

test("a refused role developer is understood in OpenAI's words", async (t) => {
  const words =
    "Invalid value: 'developer'. Supported values are: 'system', 'assistant', 'user', 'function', and 'tool'.";
  const bench = await agentBench(t, refused(words, 'invalid_value'), callTool('write_artifact', { title: 'a' }));
  const model = { ...bench.request.model, name: 'no-developer', dialect: { systemRole: 'developer' as const } };
  assert.equal((await bench.run({ model })).outcome.kind, 'artifact_written');
  assert.equal(bench.stub.requests[1]?.body.messages[0]?.role, 'system');
});
