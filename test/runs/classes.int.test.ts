import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { MOST_SAME_CALLS } from '../../src/agent/slips/count-turns.js';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ maxArtifactBytes: 2_000 });
  await stack.template('one', [{ key: 'note' }]);
});
after(() => stack.stop());

const write = (content: string, path = 'artifacts/note.json'): Behaviour => ({
  tools: [{ name: 'write_file', args: { path, content } }],
});

/** Slips: what the agent does first, and what it is told in the conversation. They use no attempt. */
const SLIPS: [name: string, first: Behaviour[], told: RegExp][] = [
  ['words only', [{ text: 'Done.' }], /Words alone are not enough/],
  [
    'written to another path',
    [write('{"title":"x"}', 'artifacts/nota.json'), { text: 'Done.' }],
    /You wrote artifacts\/nota\.json, and this phase's artifact is artifacts\/note\.json/,
  ],
  ['cut off at the output limit', [{ fault: 'truncated_tool_call' }], /must fit into one reply: write it shorter/],
  ['not JSON', [write('{"title": }')], /line 1, column 11/],
  ['against the schema', [write('{"title":""}')], /\/title: must NOT have fewer than 1 characters; found/],
];

for (const [name, first, told] of SLIPS) {
  test(`a slip (${name}): told in the conversation, and no attempt is used`, async () => {
    const { end, messages } = await runWith(first);
    assert.deepEqual([end.temporal, end.report.phases[0]?.attempts], ['COMPLETED', 1], end.message);
    assert.match(messages, told);
    const path = end.report.artifacts.map((artifact) => artifact.path);
    assert.deepEqual(path, ['artifacts/note.json']);
    const left = await readdir(join(stack.config.workspaceRoot, end.report.runId, 'artifacts'));
    assert.deepEqual(left, ['note.json'], 'later phases see nothing else');
  });
}

/**
 * Each class of a bad artifact (S12): what the agent leaves, the reason recorded when it is judged, the words that the
 * second attempt is told.
 */
const CLASSES: [name: string, first: Behaviour, reason: string, told: RegExp][] = [
  ['empty', write('  \n'), 'empty', /the file is empty/],
  ['not JSON', write('{"title": }'), 'not_json', /line 1, column 11/],
  ['NaN', write('{"title": NaN}'), 'non_finite_number', /no NaN/],
  ['duplicate keys', write('{"title":"a","t\\u0069tle":"b"}'), 'duplicate_key', /once in an object/],
  ['trailing text', write('{"title":"a"} and so on'), 'trailing_text', /nothing after it/],
  ['too large', write(JSON.stringify({ title: 'x'.repeat(3_000) })), 'too_large', /the limit is 2000/],
  ['nested too deep', write('['.repeat(100) + ']'.repeat(100)), 'too_deep', /nested deeper/],
  ['against the schema', write('{"title":""}'), 'schema', /\/title: must NOT have fewer than 1 characters; found/],
];

for (const [name, first, reason, told] of CLASSES) {
  test(`S12: ${name}: recorded as ${reason}, and the agent is told in words of its own`, async () => {
    const { end, messages } = await runWith([{ ...first, times: MOST_SAME_CALLS }]);
    assert.deepEqual([end.temporal, end.report.phases[0]?.attempts], ['COMPLETED', 2], end.message);
    const problem = end.events.find(({ type }) => type === 'artifact_invalid');
    assert.equal(problem?.payload.reason, reason);
    assert.match(messages, told);
  });
}

/** Runs the template with an agent that begins so. @returns its end, and the messages of its last request */
async function runWith(first: Behaviour[]) {
  const persona = await stack.persona(first);
  const handle = await stack.startRaw([
    { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
  ]);
  const end = await ended(stack, handle);
  const request = stack.model.requests.filter(({ model }) => model === persona.model).at(-1);
  return { end, messages: JSON.stringify(request?.body.messages) };
}

test('S12: a file left over from an earlier attempt does not count for the next one', async () => {
  const end = await ended(
    stack,
    await stack.start('one', [
      { ...write('{"title":""}'), times: MOST_SAME_CALLS },
      { text: 'It is there already.', times: 'always' },
    ]),
  );
  assert.equal(end.code, 'artifact_missing');
  assert.deepEqual(
    end.events.filter(({ payload }) => payload.reason).map(({ payload }) => payload.reason),
    ['schema', 'schema', 'ended_without_writing'],
  );
});

test('of what an agent writes, a message has 20 errors of 300 characters at most', async () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`unknown-${index}`.padEnd(20, 'x'), 1]));
  const end = await ended(stack, await stack.start('one', [{ ...write(JSON.stringify(many)), times: 6 }]));
  const errors = end.events.find(({ type }) => type === 'artifact_invalid')?.payload.errors as string[];
  assert.equal(errors.length, 20);
  assert.ok(errors.every((text) => text.length <= 300));
  assert.ok(Buffer.byteLength(end.message) <= 8_192);
});
