// Alone in its process: it measures how long the thread is held.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { auditedArguments } from '../../src/agent/tools/tool-audit.js';
import { readToolCalls } from '../../src/agent/model/tool-calls.js';
import { MAX_HOLD_MS, longestHold } from '../support/longest-hold.js';
import { changeJobTime } from '../support/job-time.js';
import { classifyModelError } from '../../src/agent/model/classify-model-error.js';
import { BadReply } from '../../src/agent/model/provider-errors.js';
import type { ModelFailure } from '../../src/agent/model/model-failure.js';
import { agentBench, type AgentBench } from './support/agent-bench.js';
import { fixedAnswer } from './support/fixed-answer.js';
import { callTools, onlySay, status } from './support/http-stub.js';

changeJobTime(10);

/** A little less than the longest reply that is read. */
const MOST_BYTES = 4 * 1024 * 1024 - 2_000;
/** As many as are taken, and as many as there is room for. */
const [MOST_PARTS, TOO_MANY] = [49_000, 1_300_000];

const list = (count: number, item: string): string => `[${Array.from({ length: count }, () => item).join()}]`;
const keys = (count: number): string => `{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join()}}`;
const message = (more: string): string =>
  `{"id":"x","model":"m","choices":[{"message":{"role":"assistant",${more}},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":9}}`;
const call = (name: string, args: string): string =>
  message(`"tool_calls":[{"id":"c","type":"function","function":{"name":"${name}","arguments":${args}}}]`);
const calls = (count: number, fields: string): string =>
  message(`"tool_calls":${list(count, `{${fields}"type":"function","function":{"name":"ls","arguments":"{}"}}`)}`);
const inFile = (content: string): string =>
  call('write_file', JSON.stringify(`{"path":"repo/x","content":${content}}`));
const inArtifact = (steps: string): string => call('write_artifact', JSON.stringify(`{"title":"x","steps":${steps}}`));

const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const TAKEN = /^call_limit|artifact_written|no_artifact/;
const REFUSED = /provider_bad_reply.*more than 50000 JSON values/;
const LEFT_OUT = /may have 50000 keys and values/;

const REPLIES: [name: string, body: string, end: RegExp][] = [
  ['20,000 calls', calls(20_000, ''), TAKEN],
  ['20,000 calls of one id', calls(20_000, '"id":"same",'), TAKEN],
  ['20,000 calls that nobody can read', calls(20_000, '').replaceAll('"{}"', '"{"'), TAKEN],
  ['a file of numbers, as JSON', inFile(list(MOST_PARTS, '1')), TAKEN],
  ['a file of far too many numbers', inFile(list(TOO_MANY, '1')), LEFT_OUT],
  ['an artifact of numbers', inArtifact(list(MOST_PARTS, '1')), /^artifact_written/],
  ['an artifact of far too many numbers', inArtifact(list(TOO_MANY, '1')), LEFT_OUT],
  ['an artifact of arrays', inArtifact(list(MOST_PARTS / 2, '[]')), /^artifact_written/],
  ['as many keys as there may be', call('write_file', JSON.stringify(keys(MOST_PARTS / 2))), /do not fit/],
  ['more keys than there may be', call('write_file', JSON.stringify(keys(100_000))), LEFT_OUT],
  [
    'an artifact of keys with escapes',
    call('write_artifact', JSON.stringify(keys(MOST_PARTS / 2).replaceAll('k', '\\u006b'))),
    TAKEN,
  ],
  ['arguments that are not text', call('write_artifact', `{"title":"x","steps":${list(MOST_PARTS, '1')}}`), TAKEN],
  ['far too many arguments that are not text', call('write_artifact', `{"steps":${list(TOO_MANY, '[]')}}`), LEFT_OUT],
  ['one long text', message(`"content":"${'a'.repeat(MOST_BYTES)}"`), TAKEN],
  ['one long text of line ends', message(`"content":"${'\\n'.repeat(MOST_BYTES / 2)}"`), TAKEN],
  ['a file of line ends', inFile(JSON.stringify('\n'.repeat(MOST_BYTES / 4))), TAKEN],
  [
    'a text of nothing but NUL',
    message(`"content":"${'\\u0000'.repeat(MOST_BYTES / 6)}"`),
    /more than 50000 characters/,
  ],
  ['values that nobody knows', message(`"x":${list(MOST_PARTS / 2, '[]')}`), TAKEN],
  ['keys that nobody knows', message(`"x":${keys(MOST_PARTS / 2)}`), TAKEN],
  ['far too many values that nobody knows', message(`"x":${list(TOO_MANY, '[]')}`), REFUSED],
  ['far too many keys that nobody knows', message(`"x":${keys(300_000)}`), REFUSED],
  ['far too many parts of content', message(`"content":${list(150_000, '{"type":"text","text":""}')}`), REFUSED],
  [
    'choices without end',
    message('"content":"x"').replace('}],"usage"', `},${list(300_000, '{}').slice(1, -1)}],"usage"`),
    TAKEN,
  ],
  ['values beside the choices', message('"content":"x"').replace('"id"', `"x":${list(TOO_MANY, '[]')},"id"`), TAKEN],
  ['a stream of one word each', 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'.repeat(80_000) + END, TAKEN],
  [
    'a stream of far too many calls',
    Array.from(
      { length: 30_000 },
      (_, n) => `data: {"choices":[{"delta":{"tool_calls":[{"index":${n},"function":{"name":"ls"}}]}}]}\n\n`,
    ).join('') + END,
    TAKEN,
  ],
  [
    'a stream of far too many fields',
    Array.from({ length: 60_000 }, (_, n) => `data: {"choices":[{"delta":{"k${n}":1}}]}\n\n`).join('') + END,
    /provider_bad_reply/,
  ],
  ['an error of 4 MiB', `{"error":{"message":"${'a '.repeat(MOST_BYTES / 2)}"}}`, /an error instead of a reply: a a/],
  ['an error of values', `{"error":{"code":500,"x":${list(TOO_MANY, '[]')}}}`, /provider_error/],
  ['4 MiB of no JSON', '<a> '.repeat(MOST_BYTES / 4), /not JSON: <a> <a>/],
];
for (const [name, body, end] of REPLIES) {
  test(`no reply of a model holds the thread of all runs for more than 100 ms: ${name}`, async (t) => {
    assert.ok(body.length <= MOST_BYTES + 2_000, `${body.length} characters`);
    const baseUrl = await fixedAnswer(t, body);
    // what is measured a second time begins anew
    const benches = [await agentBench(t), await agentBench(t)];
    for (const { root } of benches) mkdirSync(join(root, 'repo'));
    const ends: string[] = [];
    const work = async ({ run, request, kept }: AgentBench): Promise<void> => {
      const model = { ...request.model, baseUrl };
      const outcome = await run({ model, maxModelCalls: 1, callTimeoutMs: 60_000 }).then(
        (result) => result.outcome.kind,
        (error: ModelFailure) => `${error.code} ${error.message}`,
      );
      ends.push(`${outcome} ${kept.toolCalls.map(({ message }) => message).join()}`);
    };
    const held = await longestHold(async () => work(benches.pop()!));
    for (const each of ends) assert.match(each, end);
    assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
  });
}

test('no conversation does: one that is longer than any model takes is shortened', async (t) => {
  // a call that is refused again and again would end the conversation before
  const args = JSON.stringify({ path: 'repo/x', content: 'x'.repeat(1_500_000) });
  const call = JSON.stringify({ type: 'function', function: { name: 'write_file', arguments: args } });
  const baseUrl = await fixedAnswer(t, message(`"tool_calls":[${call}]`));
  const { root, run, request, kept } = await agentBench(t);
  mkdirSync(join(root, 'repo'));
  const model = { ...request.model, baseUrl };
  const held = await longestHold(async () => {
    const { outcome } = await run({ model, maxModelCalls: 10, callTimeoutMs: 60_000 });
    assert.equal(outcome.kind, 'call_limit');
  }, 1);
  // six replies are more than 8 MiB
  const marks = kept.messages.filter(({ role }) => role === 'limit' || role === 'cut').map(({ role }) => role);
  assert.deepEqual(marks.slice(0, 2), ['limit', 'cut']);
  assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
});

test('no error of a provider does, however long the conversation that it may repeat', async () => {
  const echo = 'Design the secret orchard of the northern monastery';
  const conversation = `${`${'a'.repeat(39)}c `.repeat(250_000)}${echo}`;
  const error = new BadReply(`${'a'.repeat(39)}b${'a'.repeat(150)} ${echo}`);
  let said = '';
  const held = await longestHold(async () => {
    said = (await classifyModelError(error, { deadlineExpired: false, conversation })).message;
  });
  assert.match(said, /ba{150}\[…\]$/);
  assert.ok(held <= MAX_HOLD_MS, `held for ${held} ms`);
});

test('of calls without end the first are answered, each once, and the model is told how many are run', async (t) => {
  const bench = await agentBench(
    t,
    callTools(Array.from({ length: 3_000 }, () => ({ name: 'ls', args: '{}' }))),
    ...onlySay('done'),
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

const DIGITS = '{"b": 9007199254740993, "a": [1e400, 0.10], "b": {}}';
const SENT: [how: string, spell: (json: string) => string][] = [
  ['a text', (json) => JSON.stringify(json)],
  ['JSON', (json) => json],
];
for (const [how, spell] of SENT) {
  test(`a file that was sent as JSON, in arguments that are ${how}, keeps its digits, keys and order`, async (t) => {
    const one = (id: string, name: string, args: string): string =>
      `{"id":"${id}","type":"function","function":{"name":"${name}","arguments":${spell(args)}}}`;
    const write = one('b', 'write_file', `{"path": "repo/x.json", "content": ${DIGITS}}`);
    const reply = message(`"tool_calls":[${one('a', 'ls', '{}')},${write}]`);
    const bench = await agentBench(t, status(200, reply), ...onlySay('done'));
    mkdirSync(join(bench.root, 'repo'));
    await bench.run();
    assert.equal(readFileSync(join(bench.root, 'repo/x.json'), 'utf8').replace(/\s/g, ''), DIGITS.replace(/\s/g, ''));
  });
}

test('S26 arguments are audited the same, whether list or object', () => {
  assert.deepEqual(auditedArguments({ a: [1, { b: 'x' }], c: null }), { a: [1, { b: 'x' }], c: null });
  const long = auditedArguments({ a: Array.from({ length: 101 }, () => 0) }) as { a: { bytes: number } };
  assert.equal(long.a.bytes, 203);
});
