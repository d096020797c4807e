import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { repliesIn, startProvider, withCalls } from '../agent/providers/provider-server.js';
import { startMcp } from '../agent/support/mcp-server.js';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
});
after(() => stack.stop());

test('an agent uses the tool of a server, and the audit has the call as it has those of our tools', async (t) => {
  const mcp = await startMcp(t, {
    tools: [{ name: 'look_up', description: 'Looks up a word.', inputSchema: { type: 'object', properties: {} } }],
    call: () => 'it means apple garden',
  });
  const provider = await startProvider(t, {
    spell: (completion, body) =>
      withCalls(completion, (_, n) => {
        if (n > 0) return { function: { name: 'ls', arguments: '' } };
        return repliesIn(body).length === 0
          ? { function: { name: 'words__look_up', arguments: '{"word":"orchard"}' } }
          : { function: { name: 'write_artifact', arguments: '{"title":"a note"}' } };
      }),
  });
  const { backends } = JSON.parse(await readFile(stack.config.backends, 'utf8')) as { backends: object };
  const caller = { baseUrl: provider.baseUrl, apiKeyEnv: 'TEST_KEY', prices: {} };
  await writeFile(stack.config.backends, JSON.stringify({ backends: { ...backends, caller } }));
  const persona = { backend: 'caller', model: 'm', mcp: [{ name: 'words', url: mcp.url, tools: ['look_up'] }] };
  const end = await ended(stack, await stack.start('one', [], {}, persona));
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.deepEqual(mcp.calls, [{ name: 'look_up', args: { word: 'orchard' } }]);
  const { rows } = await stack.mirror.pool.query<{ tool: string; args: unknown; outcome: string }>(
    "SELECT tool, args, outcome FROM tool_calls WHERE run_id = $1 AND tool LIKE 'words%'",
    [end.report.runId],
  );
  assert.deepEqual(rows, [{ tool: 'words__look_up', args: { word: 'orchard' }, outcome: 'ok' }]);
  assert.ok(JSON.stringify(provider.sent.at(-1)?.messages).includes('apple garden'));
});
