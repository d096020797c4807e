import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test, type TestContext } from 'node:test';
import { repliesIn, startProvider, withCalls, type ProviderServer } from '../agent/providers/provider-server.js';
import { startMcp } from '../agent/support/mcp-server.js';
import { ended } from '../support/ended.js';
import { SKIP } from '../sandbox/support/sandboxes.js';
import { verified } from '../support/verified.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack(SKIP ? {} : { sandbox: 'bwrap', bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap' });
  await stack.template('one', [{ key: 'note' }]);
});
after(() => stack.stop());

const TOOL = {
  name: 'look_up',
  description: 'Looks up a word.',
  inputSchema: { type: 'object' as const, properties: {} },
};

/** A provider whose model looks a word up, and then writes the artifact; and a backend of that name. */
async function startCaller(t: TestContext): Promise<ProviderServer> {
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
  return provider;
}

test('an agent uses the tool of a server, and the audit has the call as it has those of our tools', async (t) => {
  const mcp = await startMcp(t, {
    tools: [TOOL],
    call: () => 'it means apple garden',
  });
  const provider = await startCaller(t);
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

/** A server in one line of arguments: it answers each request at once. */
const ANSWERS = {
  initialize: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'w', version: '1' } },
  'tools/list': { tools: [TOOL] },
  'tools/call': { content: [{ type: 'text', text: 'it means apple garden' }] },
};
const PROGRAM = `const a = ${JSON.stringify(ANSWERS)};
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (a[method]) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: a[method] }));
});`;

test(
  'a local server runs in the sandbox for the attempt, and the record has the hash of its tools',
  { skip: SKIP },
  async (t) => {
    const provider = await startCaller(t);
    const words = { name: 'words', command: ['node', '-e', PROGRAM], tools: ['look_up'] };
    const persona = { backend: 'caller', model: 'm', mcp: [words] };
    const end = await ended(stack, await stack.start('one', [], {}, persona));
    assert.equal(end.temporal, 'COMPLETED', end.message);
    assert.ok(JSON.stringify(provider.sent.at(-1)?.messages).includes('apple garden'));
    const defined = end.events.filter(({ type }) => type === 'tools_defined').map(({ payload }) => payload);
    assert.equal(defined.length, 1);
    assert.equal(defined[0]?.['server'], 'words');
    assert.match(String(defined[0]?.['sha256']), /^[0-9a-f]{64}$/);
    await verified(stack, end.report.runId);
  },
);
