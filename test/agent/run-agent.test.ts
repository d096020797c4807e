import assert from 'node:assert/strict';
import test from 'node:test';
import { agentBench, ARTIFACT } from './support/agent-bench.js';
import { callTool, callTools, completion, onlySay } from './support/http-stub.js';

test('S10: the loop ends with the write, without waiting for more words', async (t) => {
  const writers: [string, unknown][] = [
    ['write_file', { path: ARTIFACT, content: '{"title":"a"}' }],
    ['write_file', { path: `./${ARTIFACT}`, content: { title: 'a' } }],
    ['write_artifact', { title: 'a' }],
  ];
  for (const [name, args] of writers) {
    const bench = await agentBench(t, callTool(name, args));
    const { outcome } = await bench.run();
    assert.deepEqual(outcome, { kind: 'artifact_written', path: ARTIFACT });
    assert.deepEqual(await bench.artifact(), { title: 'a' });
    assert.equal(bench.stub.requests.length, 1);
  }
});

test('S10: an edit of the expected file ends the loop too', async (t) => {
  const bench = await agentBench(
    t,
    callTool('write_file', { path: 'artifacts/draft.json', content: '{}' }),
    callTool('write_file', { path: ARTIFACT, content: '{"title":"a"}' }),
    callTool('edit_file', { path: ARTIFACT, oldText: '"a"', newText: '"b"' }),
  );
  await bench.run();
  assert.equal(bench.stub.requests.length, 2);
  const { outcome } = await bench.run({ attempt: 2, repair: 'again' });
  assert.equal(outcome.kind, 'artifact_written');
  assert.deepEqual(await bench.artifact(), { title: 'b' });
});

test('S10: a write to another path does not count, and is named', async (t) => {
  const bench = await agentBench(
    t,
    callTool('write_file', { path: 'artifacts/desgin.json', content: '{}' }),
    ...onlySay('Done!'),
  );
  const { outcome } = await bench.run();
  assert.deepEqual(outcome, {
    kind: 'no_artifact',
    reason: 'ended_without_writing',
    text: 'Done!',
    replies: 5,
    wroteInstead: ['artifacts/desgin.json'],
  });
});

test('S10: a write of an earlier attempt does not count for a later one', async (t) => {
  const bench = await agentBench(t, callTool('write_artifact', { title: 1 }), ...onlySay('It is there already.'));
  await bench.run();
  const { outcome } = await bench.run({ attempt: 2, repair: 'title must be a string' });
  assert.equal(outcome.kind, 'no_artifact');
});

test('a reply without a tool call ends without an artifact, in the words of the model, cut', async (t) => {
  const bench = await agentBench(t, ...onlySay(`I can't. ${'x'.repeat(600)}`));
  const { outcome } = await bench.run();
  assert.ok(outcome.kind === 'no_artifact' && outcome.text.startsWith("I can't.") && outcome.text.length === 500);
});

test('a refusal and a content filter are told apart', async (t) => {
  const refused = await agentBench(t, completion({ refusal: 'I will not.' }));
  assert.deepEqual((await refused.run()).outcome, {
    kind: 'no_artifact',
    reason: 'refused',
    text: 'I will not.',
    replies: 1,
  });
  const filtered = await agentBench(t, completion({}, { finish_reason: 'content_filter' }));
  assert.deepEqual((await filtered.run()).outcome, {
    kind: 'no_artifact',
    reason: 'content_filtered',
    text: '',
    replies: 1,
  });
});

test('arguments that are not JSON are answered under their id, next to good calls, and the loop goes on', async (t) => {
  const bench = await agentBench(
    t,
    callTools([
      { name: 'write_file', args: '{"path": "repo/a.txt", "content": }', id: 'bad' },
      { name: 'write_file', args: { path: 'repo/b.txt', content: 'b' }, id: 'good' },
      { name: 'ls', args: '[1]', id: 'list' },
    ]),
    callTool('write_artifact', { title: 'a' }),
  );
  const { outcome } = await bench.run();
  assert.equal(outcome.kind, 'artifact_written');
  const sent = bench.stub.requests[1]?.body.messages ?? [];
  assert.deepEqual(
    sent[2]?.tool_calls?.map((call) => [call.id, call.function.arguments]),
    [
      ['bad', '{}'],
      ['good', '{"path":"repo/b.txt","content":"b"}'],
      ['list', '{}'],
    ],
  );
  assert.deepEqual(
    sent.slice(3).map((message) => message.tool_call_id),
    ['bad', 'good', 'list'],
  );
  assert.match(String(sent[3]?.content), /Error: the arguments are not valid JSON/);
  assert.deepEqual(
    bench.kept.toolCalls.map((call) => call.outcome),
    ['refused', 'ok', 'refused', 'ok'],
  );
});

test('an unknown tool is an answer that names the tools', async (t) => {
  const bench = await agentBench(t, callTool('execute', { command: 'rm' }), callTool('write_artifact', { title: 'a' }));
  await bench.run({ tools: ['ls'] });
  assert.equal(
    bench.stub.requests[1]?.body.messages.at(-1)?.content,
    'Error: there is no tool execute; the tools: ls, write_artifact',
  );
});

test('the persona gets only the tools that it names', async (t) => {
  const bench = await agentBench(t, callTool('write_file', { path: 'x', content: 'x' }), ...onlySay('no'));
  await bench.run({ tools: ['ls', 'read_file'] });
  assert.deepEqual(
    bench.stub.requests[0]?.body.tools?.map((tool) => tool.function.name),
    ['ls', 'read_file', 'write_artifact'],
  );
  assert.deepEqual(
    bench.kept.toolCalls.map((call) => [call.tool, call.outcome]),
    [['write_file', 'refused']],
  );
});

test('the limit of model calls ends the attempt, and counts each attempt alone', async (t) => {
  const bench = await agentBench(t, callTool('ls', {}), callTool('ls', {}), callTool('ls', {}), callTool('ls', {}));
  assert.deepEqual((await bench.run({ maxModelCalls: 2 })).outcome, { kind: 'call_limit', calls: 2 });
  const second = await bench.run({ maxModelCalls: 2, attempt: 2, repair: 'again' });
  assert.deepEqual(second.outcome, { kind: 'call_limit', calls: 2 });
  assert.equal(bench.stub.requests.length, 4);
  assert.deepEqual(bench.seen.started, [1, 2, 1, 2]);
});

test("a limit of fifty calls allows fifty calls: the limit of the graph's steps does not come first", async (t) => {
  const bench = await agentBench(t, ...Array.from({ length: 50 }, (_, n) => callTool('glob', { pattern: `${n}` })));
  assert.deepEqual((await bench.run({ maxModelCalls: 50 })).outcome, { kind: 'call_limit', calls: 50 });
});

test('a reply with 500 tool calls runs some of them, and answers all', async (t) => {
  const calls = Array.from({ length: 500 }, () => ({ name: 'ls', args: {} }));
  const bench = await agentBench(t, callTools(calls), ...onlySay('enough'));
  await bench.run();
  assert.equal(bench.stub.requests[1]?.body.messages.filter((message) => message.role === 'tool').length, 500);
  assert.equal(bench.kept.toolCalls.filter((call) => call.outcome === 'ok').length, 32);
});

test('a tool call without an id, and two with the same, are told apart', async (t) => {
  const bench = await agentBench(
    t,
    completion({
      tool_calls: [
        { function: { name: 'ls', arguments: '' } },
        { id: 'a', function: { name: 'ls', arguments: {} } },
        { id: 'a', function: { name: 'ls', arguments: '{}' } },
      ],
    }),
    ...onlySay('done'),
  );
  await bench.run();
  const ids =
    bench.stub.requests[1]?.body.messages
      .filter((message) => message.role === 'tool')
      .map((message) => message.tool_call_id) ?? [];
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(
    bench.kept.toolCalls.map((call) => call.outcome),
    ['ok', 'ok', 'ok'],
  );
});

test('the console stays silent, whatever the model does', async (t) => {
  const methods = ['log', 'warn', 'error', 'info', 'debug'] as const;
  const spies = methods.map((method) => t.mock.method(console, method, () => undefined));
  const bench = await agentBench(t, callTool('write_file', '{"path'), completion({ refusal: 'no' }));
  await bench.run();
  await bench.run({ attempt: 2, repair: 'again' }).catch(() => undefined);
  assert.deepEqual(
    spies.map((spy) => spy.mock.callCount()),
    methods.map(() => 0),
  );
});

test('nothing is sent that only the environment knows', async (t) => {
  process.env.OPENAI_ORG_ID = 'org-canary';
  process.env.OPENAI_PROJECT_ID = 'proj-canary';
  t.after(() => {
    delete process.env.OPENAI_ORG_ID;
    delete process.env.OPENAI_PROJECT_ID;
  });
  const bench = await agentBench(t, ...onlySay('hi'));
  await bench.run({ model: { ...bench.request.model, name: 'some-codex', temperature: 0.2, maxOutputTokens: 99 } });
  const [request] = bench.stub.requests;
  assert.doesNotMatch(JSON.stringify(request), /canary/);
  assert.deepEqual([request?.body.temperature, request?.body.max_tokens, request?.body.stream], [0.2, 99, false]);
});
