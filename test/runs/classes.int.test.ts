import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Behaviour } from '../../src/model-server/behaviour.js';
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

/**
 * Each class of a bad artifact (S12): what the first attempt does, the reason recorded, the words that the second
 * attempt is told.
 */
const CLASSES: [name: string, first: Behaviour[], reason: string, told: RegExp][] = [
  ['missing', [{ text: 'Done.' }], 'ended_without_writing', /call the tool/],
  ['empty', [write('  \n')], 'empty', /the file is empty/],
  [
    'written to another path',
    [write('{"title":"x"}', 'artifacts/nota.json'), { text: 'Done.' }],
    'written_elsewhere',
    /wrote artifacts\/nota\.json/,
  ],
  ['not JSON', [write('{"title": }')], 'not_json', /line 1, column 11/],
  ['NaN', [write('{"title": NaN}')], 'non_finite_number', /no NaN/],
  ['duplicate keys', [write('{"title":"a","t\\u0069tle":"b"}')], 'duplicate_key', /once in an object/],
  ['trailing text', [write('{"title":"a"} and so on')], 'trailing_text', /nothing after it/],
  ['too large', [write(JSON.stringify({ title: 'x'.repeat(3_000) }))], 'too_large', /the limit is 2000/],
  ['nested too deep', [write('['.repeat(100) + ']'.repeat(100))], 'too_deep', /nested deeper/],
  ['against the schema', [write('{"title":""}')], 'schema', /\/title: must NOT have fewer than 1 characters; found/],
  ['cut off at the output limit', [{ fault: 'truncated_tool_call' }], 'output_truncated', /write a shorter artifact/],
];

for (const [name, first, reason, told] of CLASSES) {
  test(`S12: ${name}: recorded as ${reason}, and the agent is told in words of its own`, async () => {
    const persona = await stack.persona(first);
    const handle = await stack.startRaw([
      { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
    ]);
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    const problem = end.events.find(({ type }) => type === 'artifact_invalid' || type === 'artifact_timeout');
    assert.equal(problem?.payload.reason, reason);
    const request = stack.model.requests.filter(({ model }) => model === persona.model).at(-1);
    assert.match(JSON.stringify(request?.body.messages), told);
  });
}

test('S12: a file left over from an earlier attempt does not count for the next one', async () => {
  const end = await ended(stack, await stack.start('one', [write('{"title":""}'), { text: 'It is there already.' }]));
  assert.equal(end.code, 'artifact_timeout_exhausted');
  assert.deepEqual(
    end.events.filter(({ payload }) => payload.reason).map(({ payload }) => payload.reason),
    ['schema', 'schema', 'left_over'],
  );
});

test('of what an agent writes, a message has 20 errors of 300 characters at most', async () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`unknown-${index}`.padEnd(20, 'x'), 1]));
  const end = await ended(stack, await stack.start('one', [write(JSON.stringify(many)), write(JSON.stringify(many))]));
  const errors = end.events.find(({ type }) => type === 'artifact_invalid')?.payload.errors as string[];
  assert.equal(errors.length, 20);
  assert.ok(errors.every((text) => text.length <= 300));
  assert.ok(Buffer.byteLength(end.message) <= 8_192);
});
