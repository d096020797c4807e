import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openServer } from '../../src/agent/mcp/open-server.js';
import { resultText } from '../../src/agent/mcp/result-text.js';
import type { RemoteTool } from '../../src/agent/agent-request.js';
import type { JsonObject } from '../../src/domain/text/json.js';
import { agentBench } from './support/agent-bench.js';
import { callTool } from './support/http-stub.js';
import { startRawMcp } from './support/raw-mcp-server.js';

const NEVER = new AbortController().signal;
const TOOL = { name: 'search', description: 'searches', inputSchema: { type: 'object', properties: {} } };

async function opened(t: TestContext, url: string, env: NodeJS.ProcessEnv = {}): Promise<RemoteTool> {
  const headersFromEnv = Object.fromEntries(Object.keys(env).map((name) => ['Authorization', name]));
  const server = { name: 'tickets', url, tools: ['search'], headersFromEnv };
  const user = { env, start: () => assert.fail('it is not a local one'), signal: NEVER };
  const { tools, close } = await openServer(server, user, { openMs: 20_000, callMs: 20_000 });
  t.after(close);
  return tools[0] ?? assert.fail();
}

const FORMS: [name: string, result: JsonObject, text: string][] = [
  [
    'texts',
    {
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    'a\nb',
  ],
  ['data alone', { structuredContent: { a: 1 } }, '{"a":1}'],
  ['data beside nothing', { content: [], structuredContent: { a: 1 } }, '{"a":1}'],
  ['data beside an empty text', { content: [{ type: 'text', text: '' }], structuredContent: [1] }, '[1]'],
  [
    'data beside a summary',
    { content: [{ type: 'text', text: '1 hit' }], structuredContent: { a: 1 } },
    '1 hit\n{"a":1}',
  ],
  [
    'data that is the text, too',
    { content: [{ type: 'text', text: '{ "a": 1 }' }], structuredContent: { a: 1 } },
    '{ "a": 1 }',
  ],
  [
    'a text that is wrapped as data, too',
    { content: [{ type: 'text', text: 'sunny' }], structuredContent: { result: 'sunny' } },
    'sunny',
  ],
  [
    'an embedded text file',
    {
      content: [
        { type: 'text', text: 'got it' },
        { type: 'resource', resource: { uri: 'repo://a', text: 'res text' } },
      ],
    },
    'got it\nres text',
  ],
  [
    'an embedded file of bytes',
    { content: [{ type: 'resource', resource: { uri: 'repo://a.png', mimeType: 'image/png', blob: 'AAAA' } }] },
    '(resource repo://a.png image/png, not shown)',
  ],
  [
    'a link',
    { content: [{ type: 'resource_link', name: 'log', uri: 'https://x/log', description: 'the log' }] },
    '(link log https://x/log the log)',
  ],
  ['a picture', { content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }] }, '(image image/png, not shown)'],
  ['the result of an old server', { toolResult: { a: 1 } }, '{"a":1}'],
  ['the text of an old server', { toolResult: 'words' }, 'words'],
  ['content that is a text', { content: 'words' }, 'words'],
  ['a form of its own', { rows: [1], total: 1 }, '{"rows":[1],"total":1}'],
  ['nothing', { content: [], _meta: { a: 1 } }, ''],
];
for (const [name, result, text] of FORMS) {
  test(`the result of a remote tool as ${name}`, () => assert.equal(resultText(result), text));
}

test('results reach the agent in every form, also where an output schema promises another', async (t) => {
  const results = FORMS.map(([, result]) => result);
  const tools = [{ ...TOOL, outputSchema: { type: 'object', properties: { b: {} }, required: ['b'] } }];
  const { url } = await startRawMcp(t, { tools, result: (n) => results[n - 1] ?? {} });
  const { call } = await opened(t, url);
  for (const [name, , text] of FORMS) assert.deepEqual(await call({}, NEVER), { text }, name);
});

test('a server that forgot its session gets a new one, once for each call; nothing is run twice', async (t) => {
  for (const unknownSession of [
    { status: 404, words: 'Session not found' },
    { status: 400, words: 'Bad Request: No valid session ID provided' },
    { status: 400, words: 'Bad Request: Server not initialized' },
  ]) {
    const raw = await startRawMcp(t, { tools: [TOOL], result: (n) => ({ toolResult: `${n}` }), unknownSession });
    const { call } = await opened(t, raw.url);
    for (const n of ['1', '2', '3']) {
      raw.restart();
      assert.deepEqual(await call({}, NEVER), { text: n });
    }
    assert.deepEqual(await call({}, NEVER), { text: '4' });
    assert.equal(raw.calls, 4);
  }
});

test('only what depends on the call alone is refused; all else has failed, and may work later', async (t) => {
  const answers = [
    { rpcError: { code: -32602, message: 'no such field' } },
    { rpcError: { code: -32603, message: 'out of paper' } },
    { content: [{ type: 'text', text: '503 try again' }], isError: true },
    { structuredContent: { error: 'busy' }, isError: true },
    { status: 503 },
    { status: 404 },
  ];
  const raw = await startRawMcp(t, { tools: [TOOL], result: (n) => answers[n - 1] ?? { toolResult: 'well' } });
  const { call } = await opened(t, raw.url);
  const told = async (): Promise<string> => JSON.stringify(await call({}, NEVER));
  assert.match(await told(), /^\{"refused":.*no such field/);
  assert.match(await told(), /^\{"failed":.*out of paper/);
  assert.match(await told(), /^\{"failed":.*503 try again/);
  assert.match(await told(), /^\{"failed":.*busy/);
  assert.match(await told(), /^\{"failed":.*try again/);
  // a page that is not there, and with the new session it is there
  assert.deepEqual(await call({}, NEVER), { text: 'well' });
});

test('a flaky server ends no run: calls that fail are made again until they work', async (t) => {
  const raw = await startRawMcp(t, {
    tools: [TOOL],
    result: (n) =>
      n <= 12 ? { content: [{ type: 'text', text: '503 try again' }], isError: true } : { toolResult: 'found' },
  });
  const search = () => callTool('tickets__search', {});
  const bench = await agentBench(t, ...Array.from({ length: 13 }, search), callTool('write_artifact', { title: 'a' }));
  const { outcome } = await bench.run({ remote: [await opened(t, raw.url)], maxModelCalls: 50 });
  assert.equal(outcome.kind, 'artifact_written');
  assert.equal(raw.calls, 13);
  const answers = JSON.stringify(bench.stub.requests.at(-1)?.body.messages);
  assert.doesNotMatch(answers, /will be again/);
  assert.match(answers, /You have made this call 10 times, and nothing new between/);
});

test('the value of a header is in nothing that a server says, also without its scheme', async (t) => {
  const token = 's3cr3t-token-123456';
  const said = `you came with Bearer ${token}, that is ${token}`;
  const tools = [
    {
      ...TOOL,
      description: said,
      inputSchema: { type: 'object', properties: { q: { type: 'string', description: said, default: token } } },
    },
  ];
  const results = [
    { content: [{ type: 'text', text: said }] },
    { structuredContent: { said } },
    { content: [{ type: 'resource_link', uri: `https://x/?token=${token}` }] },
    { content: [{ type: 'text', text: said }], isError: true },
    { rpcError: { code: -32602, message: said } },
  ];
  const { url } = await startRawMcp(t, { tools, result: (n) => results[n - 1] ?? {} });
  const tool = await opened(t, url, { TOK: `Bearer ${token}` });
  const all = [tool.description, tool.parameters];
  for (const _ of results) all.push(JSON.stringify(await tool.call({}, NEVER)));
  for (const one of all) {
    assert.ok(!JSON.stringify(one).includes(token), JSON.stringify(one));
    assert.match(JSON.stringify(one), /\*\*\*/);
  }
});
