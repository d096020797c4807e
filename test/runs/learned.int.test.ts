import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openAiError, startProvider, withCalls } from '../agent/providers/provider-server.js';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('two', [{ key: 'note' }, { key: 'other' }]);
});
after(() => stack.stop());

test('what a refusal teaches is told once in the record of each run, and costs neither attempt nor money', async (t) => {
  const provider = await startProvider(t, {
    refuse: (body) =>
      'max_tokens' in body
        ? openAiError(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        : undefined,
    spell: (completion) =>
      withCalls(completion, (_, n) => ({
        function: n === 0 ? { name: 'write_artifact', arguments: '{"title":"a note"}' } : { name: 'ls', arguments: '' },
      })),
  });
  const { backends } = JSON.parse(await readFile(stack.config.backends, 'utf8')) as { backends: object };
  const picky = { baseUrl: provider.baseUrl, apiKeyEnv: 'TEST_KEY', prices: {} };
  await writeFile(stack.config.backends, JSON.stringify({ backends: { ...backends, picky } }));
  for (const refused of [1, 0]) {
    provider.sent.length = 0;
    const end = await ended(
      stack,
      await stack.start('two', [], {}, { backend: 'picky', model: 'same', maxOutputTokens: 4_000 }),
    );
    assert.equal(end.temporal, 'COMPLETED');
    assert.deepEqual(
      end.events.filter(({ type }) => type === 'request_adapted').map(({ payload }) => payload),
      [{ backend: 'picky', model: 'same', told: 'it takes max_completion_tokens in place of max_tokens' }],
    );
    assert.deepEqual(
      end.report.phases.map(({ attempts }) => attempts),
      [1, 1],
    );
    assert.equal(provider.sent.filter((body) => 'max_tokens' in body).length, refused);
  }
});
