import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { auditedArguments } from '../../src/agent/tools/tool-audit.js';
import { readToolCalls } from '../../src/agent/model/tool-calls.js';
import { longestHold } from '../support/longest-hold.js';
import { agentBench } from './support/agent-bench.js';
import { callTools, say } from './support/http-stub.js';

const MAX_HOLD_MS = 100;
const numbers = (count: number): string => `[${Array.from({ length: count }, () => '1').join()}]`;

type Calls = { name: string; args: string; id?: string }[];
const REPLIES: [name: string, calls: Calls][] = [
  ['20,000 calls', Array.from({ length: 20_000 }, () => ({ name: 'ls', args: '{}' }))],
  ['20,000 calls of one id', Array.from({ length: 20_000 }, () => ({ name: 'ls', args: '{}', id: 'same' }))],
  ['20,000 calls that nobody can read', Array.from({ length: 20_000 }, () => ({ name: 'ls', args: '{' }))],
  [
    'a file of 800,000 numbers, as JSON',
    [{ name: 'write_file', args: `{"path":"repo/x","content":${numbers(800_000)}}` }],
  ],
  ['an artifact of 800,000 numbers', [{ name: 'write_artifact', args: `{"title":"x","steps":${numbers(800_000)}}` }]],
];
for (const [name, calls] of REPLIES) {
  test(`no reply of a model holds the thread of all runs for more than 100 ms: ${name}`, async (t) => {
    // what is measured twice begins anew twice
    const benches = [await agentBench(t, callTools(calls)), await agentBench(t, callTools(calls))];
    for (const { root } of benches) mkdirSync(join(root, 'repo'));
    const held = await longestHold(async () => benches.pop()?.run({ maxModelCalls: 1, callTimeoutMs: 60_000 }), 2);
    assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
  });
}

test('of calls without end the first are answered, each once, and the model is told how many are run', async (t) => {
  const bench = await agentBench(
    t,
    callTools(Array.from({ length: 3_000 }, () => ({ name: 'ls', args: '{}' }))),
    say('done'),
  );
  await bench.run();
  const messages = bench.stub.requests.at(-1)?.body.messages ?? [];
  const asked = messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id));
  const answers = messages.filter(({ role }) => role === 'tool');
  assert.equal(asked.length, 1_000);
  assert.deepEqual(
    answers.map(({ tool_call_id }) => tool_call_id),
    asked,
  );
  assert.match(String(answers.at(-1)?.content), /only 32 calls of one reply are run/);
});

test('ids that a provider left out never meet one that it gave', () => {
  const ids = readToolCalls([{ id: 'call_2' }, {}, { id: 'call_2' }, { id: '' }, { id: 'call_3_call_2' }]).calls.map(
    ({ id }) => id,
  );
  assert.equal(new Set(ids).size, ids.length, ids.join());
});

test('a file that was sent as JSON keeps its digits, keys and order', async (t) => {
  const content = '{"b": 9007199254740993, "a": [1e400, 0.10], "b": {}}';
  const bench = await agentBench(
    t,
    callTools([{ name: 'write_file', args: `{"path": "repo/x.json", "content": ${content}}` }]),
    say('done'),
  );
  mkdirSync(join(bench.root, 'repo'));
  await bench.run();
  assert.equal(readFileSync(join(bench.root, 'repo/x.json'), 'utf8').replace(/\s/g, ''), content.replace(/\s/g, ''));
});

test('S26 arguments are audited the same, whether list or object', () => {
  assert.deepEqual(auditedArguments({ a: [1, { b: 'x' }], c: null }), { a: [1, { b: 'x' }], c: null });
  const long = auditedArguments({ a: Array.from({ length: 101 }, () => 0) }) as { a: { bytes: number } };
  assert.equal(long.a.bytes, 203);
});
