import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { startModelServer, type Behaviour } from '../../src/model-server/server.js';
import { startable } from '../../src/local/startable.js';
import { until } from '../support/until.js';
import { ask, post, PROMPT, serve, tool } from './support/chat.js';

const BODY = { model: 'm', messages: [{ role: 'user', content: PROMPT }], tools: [tool('write_file')] };

test('says what it is: in a header, in every completion, and at /', async (t) => {
  const server = await serve(t);
  const response = await post(server, BODY);
  assert.equal(response.headers.get('x-served-by'), 'scripted-model-server');
  assert.equal(((await response.json()) as { system_fingerprint: string }).system_fingerprint, 'scripted-model-server');
  assert.match(await (await fetch(new URL('/', server.url))).text(), /no model is behind it/);
});

test('S23: every completion has its own id, and usage that adds up and knows what was seen before', async (t) => {
  const server = await serve(t);
  const long = [
    { role: 'system', content: 'x'.repeat(4_000) },
    { role: 'user', content: PROMPT },
  ];
  const first = await ask(server, ['write_file'], long);
  const again = await ask(server, ['write_file'], [...long, { role: 'user', content: 'more' }]);
  const otherModel = await ask(server, ['write_file'], long, 'other');
  assert.equal(new Set([first.id, again.id, otherModel.id]).size, 3);
  assert.equal(first.usage.prompt_tokens_details.cached_tokens, 0);
  assert.equal(otherModel.usage.prompt_tokens_details.cached_tokens, 0);
  assert.ok(again.usage.prompt_tokens_details.cached_tokens >= 1_000);
  for (const { usage } of [first, again]) {
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
    assert.ok(usage.prompt_tokens_details.cached_tokens <= usage.prompt_tokens);
    assert.ok(
      usage.completion_tokens_details.reasoning_tokens > 0 &&
        usage.completion_tokens_details.reasoning_tokens < usage.completion_tokens,
    );
  }
});

test('refuses what it does not serve, with status 400 and the reason', async (t) => {
  const server = await serve(t);
  const call = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'ls', arguments: '{}' } }],
  };
  const cases: [Parameters<typeof post>[1], RegExp][] = [
    [{ ...BODY, stream: true }, /does not stream/],
    ['{"model": ', /not JSON/],
    ['', /must be a JSON object/],
    ['[]', /must be a JSON object/],
    [{ ...BODY, model: '' }, /`model`/],
    [{ ...BODY, messages: [] }, /`messages`/],
    [{ ...BODY, messages: ['x'] }, /needs a role/],
    [{ ...BODY, tools: [{ type: 'odd' }] }, /a tool needs/],
    [
      { ...BODY, messages: [...BODY.messages, call, { role: 'user', content: 'next' }] },
      /did not have response messages: c1/,
    ],
  ];
  for (const [body, message] of cases) {
    const response = await post(server, body);
    assert.equal(response.status, 400);
    assert.match(((await response.json()) as { error: { message: string } }).error.message, message);
  }
  assert.equal((await fetch(`${server.url}/embeddings`, { method: 'POST' })).status, 404);
});

test('a script holds for its model, in order, for as many requests as it says; then come default answers', async (t) => {
  const server = await serve(t);
  server.script('m', [{ status: 500, times: 2 }, {}, { status: 401 }]);
  const statuses = async (model: string, count: number): Promise<number[]> => {
    const seen = [];
    for (let i = 0; i < count; i++) seen.push((await post(server, { ...BODY, model })).status);
    return seen;
  };
  assert.deepEqual(await statuses('other', 1), [200]);
  assert.deepEqual(await statuses('m', 5), [500, 500, 200, 401, 200]);
  server.script('m', [{ status: 503, times: 'always' }]);
  assert.deepEqual(await statuses('m', 4), [503, 503, 503, 503]);
});

test('an exhaustive script answers what comes after its end with an error', async (t) => {
  const server = await serve(t);
  server.script('m', [{ text: 'only this' }], { exhaustive: true });
  assert.equal((await post(server, BODY)).status, 200);
  const response = await post(server, BODY);
  assert.equal(response.status, 500);
  assert.match(await response.text(), /script exhausted/);
});

test('scripts are set and cleared over HTTP; a wrong one is refused, saying which entry', async (t) => {
  const server = await serve(t);
  const scripts = (method: string, body?: unknown): Promise<Response> =>
    fetch(new URL('/scripts/org%2Fmodel', server.url), {
      method,
      body: body === undefined ? null : JSON.stringify(body),
    });
  const status = async (): Promise<number> => (await post(server, { ...BODY, model: 'org/model' })).status;
  assert.equal((await scripts('PUT', [{ status: 429 }, { status: 500, times: 'always' }])).status, 204);
  assert.deepEqual([await status(), await status(), await status()], [429, 500, 500]);
  assert.equal((await scripts('DELETE')).status, 204);
  assert.equal(await status(), 200);
  assert.equal((await scripts('PUT', { behaviours: [], exhaustive: true })).status, 204);
  assert.equal(await status(), 500);
  const wrong: [unknown, RegExp][] = [
    [[{}, { fault: 'explode' }], /behaviour 1: unknown fault; there are: .*stall_body/],
    [[{ status: 99 }], /behaviour 0: status/],
    [[{ status: 500, text: 'x' }], /only one of/],
    [[{ text: 'x', retryAfter: '1' }], /unknown field .*retryAfter/],
    [[{ times: 0 }], /times/],
    [[{ delayMs: -1 }], /delayMs/],
    [[{ tools: [{ name: 'ls' }] }], /tools/],
    [['x'], /expected a JSON object/],
    [{ a: 1 }, /a JSON array/],
    [undefined, /a JSON array/],
  ];
  for (const [body, message] of wrong) {
    const response = await scripts('PUT', body);
    assert.equal(response.status, 400);
    assert.match(await response.text(), message);
  }
  assert.equal((await scripts('GET')).status, 405);
  assert.throws(() => server.script('m', [{ fault: 'explode' } as unknown as Behaviour]), /unknown fault/);
});

test('logs the requests with what was sent, also over HTTP, and lists the models it has met', async (t) => {
  const server = await serve(t);
  await ask(server, ['ls'], [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }], 'model-x');
  const [record] = server.requests;
  assert.deepEqual([record?.model, record?.messages, server.requests.length], ['model-x', 1, 1]);
  assert.ok(Date.parse(record?.at ?? '') > 0);
  assert.deepEqual(
    await (await fetch(new URL('/requests', server.url))).json(),
    JSON.parse(JSON.stringify(server.requests)),
  );
  const { data } = (await (await fetch(`${server.url}/models`)).json()) as { data: { id: string }[] };
  assert.deepEqual(
    data.map(({ id }) => id),
    ['scripted-model', 'model-x'],
  );
});

test('takes the port it is given, says when it is taken, and closes over open connections', async () => {
  const server = await startModelServer();
  server.script('m', [{ fault: 'stall_headers' }]);
  await assert.rejects(startModelServer({ port: server.port }), { code: 'EADDRINUSE' });
  const waiting = assert.rejects(post(server, BODY));
  await until(() => server.requests.length > 0);
  await server.close();
  await waiting;
  await assert.rejects(post(server, BODY));
});

test('runs by itself: prints its URL, and ends on SIGTERM', async () => {
  const child = spawn(process.execPath, [...startable('model-server/main.ts'), '--delay-ms', '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /http:\S+/.exec(chunk.toString())?.[0] ?? '';
    assert.equal((await fetch(`${url}/models`)).status, 200);
  } finally {
    child.kill('SIGTERM');
  }
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
