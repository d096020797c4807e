import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { AttemptProblem } from '../../src/domain/attempt-problem.js';
import { money } from '../../src/domain/money/amount.js';
import { agentBench, ARTIFACT, type AgentBench } from './support/agent-bench.js';
import { callTool, callTools, completion, onlySay, say, type Answer } from './support/http-stub.js';

/** The bench with the judge that the phase has: a title must be a text. */
async function judgedBench(t: TestContext, ...script: Answer[]): Promise<AgentBench> {
  const bench = await agentBench(t, ...script);
  bench.request.artifact = { ...bench.request.artifact, judge: () => judge(bench.root) };
  return bench;
}

async function judge(root: string): Promise<AttemptProblem | null> {
  const { title } = JSON.parse(await readFile(join(root, ARTIFACT), 'utf8')) as { title?: unknown };
  const errors = [{ pointer: '/title', expected: 'must be string', found: String(title) }];
  return typeof title === 'string' ? null : { reason: 'schema', message: 'does not satisfy the schema', errors };
}

const told = ({ stub }: AgentBench, request = -1): string =>
  String(stub.requests.at(request)?.body.messages.at(-1)?.content);

const WORDLESS: [name: string, answer: () => Answer, words: RegExp][] = [
  ['words only', () => say('All is well.'), /You have not left the artifact.*call a tool/],
  ['an empty reply', () => say(''), /Your reply was empty/],
  ['a null reply', () => completion({}), /Your reply was empty/],
  ['a reply cut in its words', () => say('Well, let me', { finish_reason: 'length' }), /cut off at the output limit/],
];
for (const [name, answer, words] of WORDLESS) {
  test(`${name}: the model is told in the conversation, and no attempt is used`, async (t) => {
    const bench = await agentBench(t, answer(), callTool('write_artifact', { title: 'a' }));
    const { outcome } = await bench.run();
    assert.equal(outcome.kind, 'artifact_written');
    assert.match(told(bench), words);
    assert.match(told(bench), /artifacts\/design\.json is written, with write_artifact or write_file/);
    assert.deepEqual(new Set(bench.kept.messages.map(({ attempt }) => attempt)), new Set([1]));
  });
}

test('five replies in a row without use end the attempt, in the true words of the last', async (t) => {
  const cases: [Answer[], string][] = [
    [onlySay('no'), 'ended_without_writing'],
    [onlySay(''), 'empty_reply'],
    [onlySay('no', { finish_reason: 'length' }), 'output_truncated'],
    [Array.from({ length: 5 }, () => callTool('write_file', '{"path": }')), 'bad_tool_arguments'],
    [[1, 2, 3, 4, 5].map((n) => callTool(`tool_${n}`, {})), 'bad_tool_arguments'],
    [
      [1, 2, 3, 4, 5].map((n) => callTool('write_file', { path: `artifacts/${n}.json`, content: '{}' })),
      'written_elsewhere',
    ],
    [[...onlySay('no').slice(1), callTool('write_file', '{"path": }')], 'bad_tool_arguments'],
    [[callTool('write_file', '{"path": }'), ...onlySay('no').slice(1)], 'ended_without_writing'],
  ];
  for (const [script, reason] of cases) {
    const bench = await agentBench(t, ...script, say('too many'));
    const { outcome, calls } = await bench.run();
    assert.ok(outcome.kind === 'no_artifact' && outcome.reason === reason, JSON.stringify(outcome));
    assert.deepEqual([outcome.replies, calls.length], [5, 5]);
  }
});

test('the model is told when only two more such replies are possible', async (t) => {
  const bench = await agentBench(t, ...onlySay('no'));
  await bench.run();
  assert.doesNotMatch(told(bench, 2), /phase ends/);
  assert.match(told(bench, 3), /ends without an artifact after 2 more replies/);
  assert.match(told(bench, 4), /after 1 more reply like this/);
});

test('work between slips begins their count anew', async (t) => {
  const slips = () => onlySay('no').slice(1);
  const work = (n: number) => callTool('write_file', { path: `repo/${n}.txt`, content: 'a' });
  const script = [...slips(), work(1), ...slips(), work(2), callTool('write_artifact', { title: 'a' })];
  const bench = await agentBench(t, ...script);
  assert.equal((await bench.run({ maxModelCalls: 20 })).outcome.kind, 'artifact_written');
});

const WHOLE = JSON.stringify({ path: 'repo/a.txt', content: 'aaaa' });
const CUT: [name: string, answer: Answer][] = [
  ['finish_reason length', callTools([{ name: 'write_file', args: WHOLE.slice(0, 30) }], { finish_reason: 'length' })],
  [
    'length, and JSON that a server closed',
    callTools([{ name: 'write_file', args: WHOLE }], { finish_reason: 'length' }),
  ],
  ['unclosed arguments', callTool('write_file', WHOLE.slice(0, 30))],
  ['arguments that end within a key', callTool('write_file', WHOLE.slice(0, 5))],
  [
    'unclosed arguments after a whole call',
    callTools([
      { name: 'write_file', args: WHOLE },
      { name: 'write_file', args: WHOLE.slice(0, 12) },
    ]),
  ],
  [
    'as many tokens as there may be',
    callTools([{ name: 'write_file', args: WHOLE }], {}, { usage: { prompt_tokens: 9, completion_tokens: 99 } }),
  ],
];
for (const [name, answer] of CUT) {
  test(`a reply that was cut (${name}) runs nothing, leaves the conversation, and the model goes on in smaller calls`, async (t) => {
    const bench = await agentBench(t, answer, callTool('write_artifact', { title: 'b' }));
    const { outcome } = await bench.run({ model: { ...bench.request.model, maxOutputTokens: 99 } });
    assert.equal(outcome.kind, 'artifact_written');
    assert.deepEqual(
      bench.stub.requests[1]?.body.messages.map(({ role }) => role),
      ['system', 'user', 'user'],
    );
    assert.match(told(bench), /cut off at the output limit of 99 tokens.*smaller calls/);
    await assert.rejects(readFile(join(bench.root, 'repo/a.txt')), { code: 'ENOENT' });
    assert.deepEqual(await bench.artifact(), { title: 'b' });
    assert.equal(bench.kept.toolCalls.length, 1);
  });
}

test('broken arguments that are not at the end are answered as such', async (t) => {
  const calls = [
    { name: 'write_file', args: WHOLE.slice(0, 12) },
    { name: 'ls', args: {} },
  ];
  const bench = await agentBench(t, callTools(calls), callTool('write_artifact', { title: 'b' }));
  await bench.run();
  assert.match(String(bench.stub.requests[1]?.body.messages.at(-2)?.content), /not valid JSON: they end in the middle/);
});

test('arguments without their end, far below the output limit, are told as that', async (t) => {
  const calls = Array.from({ length: 5 }, () => callTool('write_artifact', '{"title": "a"'));
  const bench = await agentBench(t, ...calls);
  const { outcome } = await bench.run({ model: { ...bench.request.model, maxOutputTokens: 8_000 } });
  assert.match(told(bench), /not valid JSON: they end in the middle/);
  assert.deepEqual(
    [outcome.kind, outcome.kind === 'no_artifact' && outcome.reason],
    ['no_artifact', 'bad_tool_arguments'],
  );
  assert.equal(bench.stub.requests.length, 5);
});

test('an artifact that does not fit into a reply is paid for twice, and no more', async (t) => {
  const cut = { finish_reason: 'length' };
  const bench = await agentBench(
    t,
    callTools([{ name: 'write_artifact', args: '{"title":"aaa' }], cut),
    callTool('ls', {}),
    callTools([{ name: 'write_file', args: `{"path":"artifacts\\/design.json","content":"aa` }], cut),
    say('too many'),
  );
  const { outcome } = await bench.run({ model: { ...bench.request.model, maxOutputTokens: 99 } });
  assert.deepEqual(outcome, { kind: 'artifact_cut', maxOutputTokens: 99 });
  assert.match(told(bench, 1), /must fit into one reply.*shorter/);
  assert.equal(bench.stub.requests.length, 3);
});

test('S12: errors of the schema are the answer of every tool that writes the artifact, and it may be mended', async (t) => {
  const bench = await judgedBench(
    t,
    callTool('write_artifact', { title: 1 }),
    callTool('write_file', { path: `./${ARTIFACT}`, content: '{"title":2}' }),
    callTool('edit_file', { path: ARTIFACT, oldText: '2', newText: '3' }),
    callTool('edit_file', { path: ARTIFACT, oldText: '3', newText: '"three"' }),
  );
  const { outcome } = await bench.run();
  assert.deepEqual(outcome, { kind: 'artifact_written', path: ARTIFACT });
  const answers = bench.stub.requests[3]?.body.messages.filter(({ role }) => role === 'tool') ?? [];
  assert.equal(answers.length, 3);
  for (const [n, { content }] of answers.entries())
    assert.match(
      String(content),
      new RegExp(`not taken as the artifact:\\n.*\\n- /title: must be string; found ${n + 1}`),
    );
  assert.deepEqual(
    bench.kept.toolCalls.map((call) => [call.outcome, call.message]),
    [...Array.from({ length: 3 }, () => ['refused', 'does not satisfy the schema']), ['ok', null]],
  );
});

test('calls of one reply that mend the artifact together are judged together', async (t) => {
  const calls = [
    { name: 'write_artifact', args: { title: 1 } },
    { name: 'edit_file', args: { path: ARTIFACT, oldText: '1', newText: '"one"' } },
  ];
  const bench = await judgedBench(t, callTools(calls));
  assert.equal((await bench.run()).outcome.kind, 'artifact_written');
});

test('S12: after five artifacts that are not valid without anything new between, or three that are the same, the last is judged as it is', async (t) => {
  const invalid = (title: number): Answer => callTool('write_artifact', { title });
  const look = callTool('ls', {});
  const five = await judgedBench(t, look, invalid(1), invalid(2), invalid(3), look, invalid(4), invalid(5), say('x'));
  assert.deepEqual((await five.run()).outcome, { kind: 'artifact_written', path: ARTIFACT });
  assert.equal(five.stub.requests.length, 7);
  const same = await judgedBench(t, invalid(1), invalid(1), invalid(1), say('x'));
  assert.deepEqual((await same.run()).outcome, { kind: 'artifact_written', path: ARTIFACT });
  assert.equal(same.stub.requests.length, 3);
  await same.run();
  assert.equal(same.stub.requests.length, 3, 'asked again, it costs nothing');
});

test('S12: an artifact that is not valid is what an attempt ends with, when only words or no calls follow', async (t) => {
  const bench = await judgedBench(t, callTool('write_artifact', { title: 1 }), ...onlySay('It is there.'));
  assert.equal((await bench.run()).outcome.kind, 'artifact_written');
  assert.match(told(bench), /design\.json is not valid yet/);
  const last = await judgedBench(t, callTool('write_artifact', { title: 1 }), say('It is there.'));
  assert.equal((await last.run({ maxModelCalls: 2 })).outcome.kind, 'artifact_written');
});

test('a file at a wrong place is named with the right one, in its answer and after words', async (t) => {
  for (const path of ['artifacts/desgin.json', `repo/${ARTIFACT}`]) {
    const bench = await agentBench(
      t,
      callTool('write_file', { path, content: '{}' }),
      say('Done.'),
      callTool('write_artifact', { title: 'a' }),
    );
    assert.equal((await bench.run()).outcome.kind, 'artifact_written');
    assert.match(told(bench, 1), /This phase's artifact is artifacts\/design\.json\./);
    assert.match(told(bench, 2), new RegExp(`You wrote ${path}, and this phase's artifact is artifacts/design.json`));
  }
});

test('the same refused call is paid for four times: three answers, a word, and the end', async (t) => {
  const missing = () => callTool('read_file', { path: 'repo/none' });
  const bench = await agentBench(t, ...Array.from({ length: 50 }, missing));
  const { outcome } = await bench.run({ maxModelCalls: 50 });
  assert.ok(outcome.kind === 'same_call' && outcome.tool === 'read_file' && outcome.times === 4);
  assert.match(outcome.refusal, /repo\/none|no such file|there is no/i);
  assert.equal(bench.stub.requests.length, 4);
  assert.doesNotMatch(told(bench, 2), /refused 3 times/);
  assert.match(told(bench, 3), /refused 3 times in the same way.*Do something else/);
});

test('the same refused call among calls that bring nothing new is noticed, and one of an agent that gets on is not', async (t) => {
  const missing = { name: 'read_file', args: { path: 'repo/none' } };
  const list = { name: 'ls', args: {} };
  const stuck = await agentBench(t, ...Array.from({ length: 20 }, () => callTools([list, missing])));
  assert.equal((await stuck.run({ maxModelCalls: 20 })).outcome.kind, 'same_call');
  assert.ok(stuck.stub.requests.length <= 5);
  const moving = [1, 2, 3, 4, 5, 6].map((n) =>
    callTools([{ name: 'write_file', args: { path: `repo/${n}`, content: '' } }, missing]),
  );
  const bench = await agentBench(t, ...moving, callTool('write_artifact', { title: 'a' }));
  assert.equal((await bench.run()).outcome.kind, 'artifact_written');
});

test('the same call that works is noticed: a word after each ten, and no end but that of the attempt', async (t) => {
  const bench = await agentBench(t, ...Array.from({ length: 50 }, () => callTool('ls', { path: 'artifacts' })));
  const { outcome } = await bench.run({ maxModelCalls: 50 });
  assert.deepEqual(outcome, { kind: 'call_limit', calls: 50 });
  assert.doesNotMatch(told(bench, 9), /nothing new/);
  assert.match(told(bench, 10), /made this call 10 times, and nothing new between\. Do something else/);
  assert.match(told(bench, 20), /made this call 20 times/);
});

test('artifacts that are not valid end the mending when nothing new comes between, or after twenty', async (t) => {
  const wrong = (n: number) => callTool('write_artifact', { title: n });
  const work = (n: number) => callTool('write_file', { path: `repo/${n}`, content: '' });
  const apart = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? wrong(n) : work(n)));
  const mended = await judgedBench(t, ...apart.slice(0, 12), callTool('write_artifact', { title: 'a' }));
  assert.equal((await mended.run({ maxModelCalls: 50 })).outcome.kind, 'artifact_written');
  assert.equal(mended.stub.requests.length, 13);
  const never = await judgedBench(t, ...apart);
  assert.equal((await never.run({ maxModelCalls: 50 })).outcome.kind, 'artifact_written');
  assert.equal(never.stub.requests.length, 39);
  const reading = [1, 2, 3, 4, 5, 6].flatMap((n) => [wrong(n), callTool('ls', { path: 'artifacts' })]);
  const stuck = await judgedBench(t, ...reading);
  await stuck.run({ maxModelCalls: 50 });
  assert.ok(stuck.stub.requests.length <= 11);
});

test('at three quarters of its calls the model is told what is left, and its last call has only tools that write', async (t) => {
  const bench = await agentBench(
    t,
    ...[1, 2, 3, 4, 5, 6, 7].map((n) => callTool('glob', { pattern: `${n}` })),
    callTool('write_artifact', { title: 'a' }),
  );
  const { outcome } = await bench.run({ maxModelCalls: 8 });
  assert.equal(outcome.kind, 'artifact_written');
  const notes = bench.stub.requests.map(({ body }) => body.messages.filter(({ role }) => role === 'user').length - 1);
  assert.deepEqual(notes, [0, 0, 0, 0, 0, 0, 1, 2]);
  assert.match(told(bench, 6), /^2 of the 8 model calls of this attempt are left/);
  assert.match(told(bench, 7), /last model call of this attempt/);
  const tools = bench.stub.requests.map(({ body }) => body.tools?.map((tool) => tool.function.name));
  assert.deepEqual(tools[7], ['write_file', 'edit_file', 'write_artifact']);
  assert.ok(tools[6]?.includes('grep'));
});

test('at three quarters of the time and of the budget the model is told once what is left', async (t) => {
  const looks = [1, 2, 3, 4].map((n) => callTool('glob', { pattern: `${n}` }));
  const slow = await agentBench(t, ...looks, callTool('write_artifact', { title: 'a' }));
  const time = () => ({ limitMs: 100_000, leftMs: slow.stub.requests.length < 2 ? 26_000 : 24_000 });
  await slow.run({ time });
  assert.match(told(slow, 2), /^24 of the 100 seconds of this attempt are left/);
  assert.equal(slow.kept.messages.filter(({ id }) => id.startsWith('time-left')).length, 1);
  const usage = { prompt_tokens: 1_010, completion_tokens: 10 };
  const paid = [1, 2, 3, 4].map((n) => callTools([{ name: 'glob', args: { pattern: `${n}` } }], {}, { usage }));
  const dear = await agentBench(t, ...paid, callTool('write_artifact', { title: 'a' }));
  const model = { ...dear.request.model, maxOutputTokens: 11 };
  assert.equal((await dear.run({ model, budget: { microUsd: null, tokens: 5_400 } })).outcome.kind, 'artifact_written');
  assert.equal(dear.kept.messages.filter(({ id }) => id.startsWith('budget-left')).length, 1);
  assert.match(told(dear, 4), /^1320 of 5400 tokens of the budget are left/);
  const budget = { microUsd: money(2_000_000), tokens: null };
  const cheap = await agentBench(t, ...paid, callTool('write_artifact', { title: 'a' }));
  await cheap.run({ budget });
  assert.ok(
    cheap.kept.messages.every(({ id }) => !id.startsWith('budget-left')),
    'less than three quarters are used',
  );
});
