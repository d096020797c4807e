import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openServer, type McpUser } from '../../src/agent/mcp/open-server.js';
import { PhasegateError } from '../../src/domain/failures.js';
import type { RemoteMcpServer } from '../../src/domain/template/mcp.js';
import { startMcp } from './support/mcp-server.js';

const NEVER = new AbortController().signal;
const userOf = (env: NodeJS.ProcessEnv = {}): McpUser => ({
  env,
  start: () => Promise.reject(new Error('no server is started here')),
  signal: NEVER,
});
const LIMITS = { openMs: 5_000, callMs: 5_000 };
const SCHEMA = { type: 'object' as const, properties: { text: { type: 'string' } }, required: ['text'] };
const tool = (name: string, more: object = {}) => ({ name, description: `does ${name}`, inputSchema: SCHEMA, ...more });
const serverAt = (url: string, more: Partial<RemoteMcpServer> = {}): RemoteMcpServer => ({
  name: 'notes',
  url,
  tools: ['add'],
  ...more,
});

async function failsWith(words: RegExp, opening: Promise<unknown>): Promise<void> {
  await assert.rejects(
    opening,
    (error) => error instanceof PhasegateError && error.code === 'mcp_unavailable' && words.test(error.message),
  );
}

test('only the tools that are listed, under the name of the server, and their results', async (t) => {
  const mcp = await startMcp(t, {
    tools: [tool('add'), tool('drop'), tool('add\u0007<|x|>')],
    call: (_, args) => `got ${JSON.stringify(args)}\u0007`,
  });
  const { tools, close } = await openServer(serverAt(mcp.url), userOf(), LIMITS);
  t.after(close);
  assert.deepEqual(
    tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    [{ name: 'notes__add', description: 'does add', parameters: SCHEMA }],
  );
  assert.deepEqual(await tools[0]?.call({ text: 'a' }, NEVER), { text: 'got {"text":"a"} ' });
  assert.deepEqual(mcp.calls, [{ name: 'add', args: { text: 'a' } }]);
});

test('the same definitions have the same hash, and others another one', async (t) => {
  const [first, same, changed] = await Promise.all(
    [tool('add'), tool('add'), tool('add', { description: 'does more' })].map(async (one) => {
      const mcp = await startMcp(t, { tools: [tool('drop'), one] });
      const { sha256, close } = await openServer(serverAt(mcp.url), userOf(), LIMITS);
      t.after(close);
      return sha256;
    }),
  );
  assert.match(String(first), /^[0-9a-f]{64}$/);
  assert.equal(first, same);
  assert.notEqual(first, changed);
});

test('headers come from the variables of the worker, and their values are in no answer', async (t) => {
  const mcp = await startMcp(t, { tools: [tool('add')], call: () => 'you sent s3cret-t0ken' });
  const server = serverAt(mcp.url, { headersFromEnv: { 'X-Token': 'NOTES_TOKEN' } });
  await failsWith(/NOTES_TOKEN, which is not set/, openServer(server, userOf(), LIMITS));
  const { tools, close } = await openServer(server, userOf({ NOTES_TOKEN: 's3cret-t0ken' }), LIMITS);
  t.after(close);
  assert.deepEqual(await tools[0]?.call({ text: 'a' }, NEVER), { text: 'you sent ***' });
  assert.ok(mcp.headers.every((headers) => headers['x-token'] === 's3cret-t0ken'));
});

test('a server that lacks a tool, has an endless schema, hangs, floods, redirects or is not there is told as such', async (t) => {
  const few = await startMcp(t, { tools: [tool('other')] });
  await failsWith(/it has no tool add/, openServer(serverAt(few.url), userOf(), LIMITS));
  const huge = { type: 'object' as const, properties: { text: { type: 'string', description: 'x'.repeat(20_000) } } };
  const large = await startMcp(t, { tools: [tool('add', { inputSchema: huge })] });
  await failsWith(/schema of its tool add has \d+ characters/, openServer(serverAt(large.url), userOf(), LIMITS));
  const silent = await startMcp(t, { tools: [], instead: () => true });
  await failsWith(
    /did not answer within 0\.5 s/,
    openServer(serverAt(silent.url), userOf(), { ...LIMITS, openMs: 500 }),
  );
  const flood = await startMcp(t, { tools: [tool('add', { description: 'y'.repeat(3 * 1024 * 1024) })] });
  await failsWith(/more than \d+ bytes/, openServer(serverAt(flood.url), userOf(), LIMITS));
  const elsewhere = await startMcp(t, {
    tools: [],
    instead: (_, response) => {
      response.writeHead(307, { location: few.url }).end();
      return true;
    },
  });
  const before = few.headers.length;
  await failsWith(/./, openServer(serverAt(elsewhere.url), userOf(), LIMITS));
  assert.equal(few.headers.length, before, 'a redirection is not followed');
  few.stop();
  await failsWith(/fetch failed/, openServer(serverAt(few.url), userOf(), LIMITS));
});

test('a reference that would grow without end is only handed on', async (t) => {
  const $defs = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      `d${n}`,
      { anyOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] },
    ]),
  );
  const inputSchema = { type: 'object' as const, properties: { text: { $ref: '#/$defs/d0' } }, $defs };
  const mcp = await startMcp(t, { tools: [tool('add', { inputSchema })] });
  const { tools, close } = await openServer(serverAt(mcp.url), userOf(), LIMITS);
  t.after(close);
  assert.deepEqual(tools[0]?.parameters, inputSchema);
  assert.deepEqual(await tools[0]?.call({ text: 'a' }, NEVER), { text: 'done' });
});

test('a call that fails, hangs or is too large is an answer; only a cancellation is an error', async (t) => {
  let how: () => Promise<string> = () => Promise.reject(new Error('out of paper'));
  const mcp = await startMcp(t, { tools: [tool('add')], call: () => how() });
  const { tools, close } = await openServer(serverAt(mcp.url), userOf(), { ...LIMITS, callMs: 600 });
  t.after(close);
  const call = (args = {}, signal = NEVER) => tools[0]!.call(args, signal);
  const refused = async (words: RegExp, answer: ReturnType<typeof call>): Promise<void> => {
    const told = await answer;
    assert.ok('refused' in told && words.test(told.refused), JSON.stringify(told));
  };
  const failed = async (words: RegExp, answer: ReturnType<typeof call>): Promise<void> => {
    const told = await answer;
    assert.ok('failed' in told && words.test(told.failed), JSON.stringify(told));
  };
  await failed(/out of paper/, call());
  await refused(/the arguments have/, call({ text: 'x'.repeat(300_000) }));
  how = () => sleep(5_000, 'late', { ref: false });
  await failed(/no answer within 0\.6 s|timed out/i, call());
  const controller = new AbortController();
  const cancelled = call({}, controller.signal);
  controller.abort(new Error('the run was cancelled'));
  await assert.rejects(cancelled, /the run was cancelled/);
  how = () => Promise.resolve('z'.repeat(400_000));
  const long = await call();
  assert.ok('text' in long && long.text.length <= 256 * 1024 + 10);
  mcp.stop();
  await failed(/notes failed/, call());
});
