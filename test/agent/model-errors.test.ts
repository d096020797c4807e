import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import test from 'node:test';
import { ModelFailure, type ModelFailureCode } from '../../src/agent/model/model-failure.js';
import { agentBench, API_KEY, type AgentBench } from './support/agent-bench.js';
import { closedByClient, completion, status, type Answer } from './support/http-stub.js';

const error = (code: string | number | null, message = 'as the provider says') => ({
  error: { message, type: 'some_error', code },
});

const raw =
  (head: string, body: string): Answer =>
  ({ socket }) =>
    void socket?.end(`HTTP/1.1 ${head}\r\n\r\n${body}`);

interface Row {
  name: string;
  answer: Answer;
  code: ModelFailureCode;
  retryAfterMs?: number;
}

// one row for every line of the facts' table, and the variants that other servers send
const ROWS: Row[] = [
  {
    name: '401',
    answer: status(401, error('invalid_api_key', `Incorrect API key provided: ${API_KEY}`)),
    code: 'model_auth_failed',
  },
  { name: '403', answer: status(403, error(null)), code: 'model_auth_failed' },
  { name: '404 of the model', answer: status(404, error('model_not_found')), code: 'model_not_found' },
  { name: '404 of the URL', answer: status(404, '<h1>not found</h1>'), code: 'base_url_wrong' },
  { name: '429', answer: status(429, error('rate_limit_exceeded')), code: 'provider_rate_limited' },
  {
    name: '429, Retry-After in seconds',
    answer: status(429, error(null), { 'retry-after': '7' }),
    code: 'provider_rate_limited',
    retryAfterMs: 7_000,
  },
  {
    name: '429, retry-after-ms',
    answer: status(429, error(null), { 'retry-after-ms': '250', 'retry-after': '9' }),
    code: 'provider_rate_limited',
    retryAfterMs: 250,
  },
  { name: '429 quota', answer: status(429, error('insufficient_quota')), code: 'model_quota_exhausted' },
  { name: '402', answer: status(402, error(null, 'Insufficient Balance')), code: 'model_quota_exhausted' },
  { name: '400 context', answer: status(400, error('context_length_exceeded')), code: 'model_context_too_long' },
  {
    name: '400 context in words',
    answer: status(400, error(null, "This model's maximum context length is 8192 tokens")),
    code: 'model_context_too_long',
  },
  {
    name: '400 context of llama-server',
    answer: status(400, { error: { code: 400, message: 'too many tokens', type: 'exceed_context_size_error' } }),
    code: 'model_context_too_long',
  },
  { name: '400 other', answer: status(400, error('bad_thing')), code: 'model_request_rejected' },
  { name: '400 content filter', answer: status(400, error('content_filter')), code: 'model_content_refused' },
  {
    name: '400 tool_calls',
    answer: status(400, error(null, 'an assistant message with tool_calls must be followed by')),
    code: 'model_request_rejected',
  },
  { name: '408', answer: status(408, error(null)), code: 'provider_timeout' },
  { name: '409', answer: status(409, error(null)), code: 'provider_error' },
  { name: '413', answer: status(413, error(null)), code: 'model_context_too_long' },
  { name: '422', answer: status(422, { detail: 'unprocessable' }), code: 'model_request_rejected' },
  { name: '500', answer: status(500, error(null)), code: 'provider_error' },
  { name: '502, HTML', answer: status(502, '<html>Bad Gateway</html>'), code: 'provider_error' },
  {
    name: '503, Retry-After',
    answer: status(503, error(null), { 'retry-after': '1.5' }),
    code: 'provider_error',
    retryAfterMs: 1_500,
  },
  { name: 'reset before headers', answer: (response) => response.destroy(), code: 'provider_unreachable' },
  {
    name: 'reset in the body',
    answer: raw('200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000', '{"id": "x'),
    code: 'provider_unreachable',
  },
  {
    name: '200, broken JSON',
    answer: raw('200 OK\r\ncontent-type: application/json\r\ncontent-length: 9', '{"id": "x'),
    code: 'provider_bad_reply',
  },
  { name: '200, empty body', answer: raw('200 OK\r\ncontent-length: 0', ''), code: 'provider_bad_reply' },
  { name: '200, no choices', answer: status(200, { id: 'x' }), code: 'provider_bad_reply' },
  { name: '200, choices: []', answer: status(200, { id: 'x', choices: [] }), code: 'provider_bad_reply' },
  {
    name: '200, choice without message',
    answer: status(200, { choices: [{ finish_reason: 'stop' }] }),
    code: 'provider_bad_reply',
  },
  { name: '200, {error}', answer: status(200, error('weird')), code: 'provider_bad_reply' },
  { name: '200, {error} with a status in it', answer: status(200, error(429)), code: 'provider_rate_limited' },
  {
    name: '200, {error} with a status beside a choice',
    answer: completion({}, { finish_reason: 'error' }, error(502)),
    code: 'provider_bad_reply',
  },
  {
    name: '200, {error} with a status beside a usage',
    answer: status(200, { ...error(502), usage: { prompt_tokens: 9 } }),
    code: 'provider_bad_reply',
  },
  { name: '200, {error} beside a choice', answer: completion({}, {}, error('weird')), code: 'provider_bad_reply' },
  {
    name: '200, {error} with a status beside an empty usage',
    answer: status(200, { ...error(503), choices: [], usage: null }),
    code: 'provider_error',
  },
  {
    name: '200, a stream',
    answer: status(200, 'data: {"choices":[]}\n\ndata: [DONE]\n\n'),
    code: 'provider_bad_reply',
  },
  { name: '200, array', answer: status(200, [1]), code: 'provider_bad_reply' },
  { name: 'redirect to nowhere', answer: status(304, ''), code: 'provider_bad_reply' },
];

/** The provider may have worked on these, and may bill them; all others are error replies. */
const MAY_BE_PAID = new Set([
  'reset before headers',
  'reset in the body',
  '200, broken JSON',
  '200, empty body',
  '200, no choices',
  '200, choices: []',
  '200, choice without message',
  '200, {error} with a status beside a choice',
  '200, {error} with a status beside a usage',
  '200, {error} beside a choice',
  '200, a stream',
  '200, array',
  'redirect to nowhere',
]);

for (const { name, answer } of ROWS) {
  test(`S24: model error: ${name} counts ${MAY_BE_PAID.has(name) ? 'with its worst case' : 'nothing'}`, async (t) => {
    const bench = await agentBench(t, answer);
    await failureOf(bench.run());
    assertCounted(bench, MAY_BE_PAID.has(name));
  });
}

/** What the one call of a bench counts: its worst case, or nothing. */
function assertCounted({ seen: { begun, calls } }: AgentBench, mayBePaid: boolean): void {
  const [call] = calls;
  assert.equal(calls.length, 1);
  assert.deepEqual([call?.costInputMicroUsd, call?.costOutputMicroUsd], mayBePaid ? [null, null] : ['0', '0']);
  const { reservedMicroUsd, reservedTokens } = mayBePaid
    ? (begun[0] ?? assert.fail())
    : { reservedMicroUsd: null, reservedTokens: null };
  assert.deepEqual([call?.reservedMicroUsd, call?.reservedTokens], [reservedMicroUsd, reservedTokens]);
  assert.equal(call?.id, begun[0]?.id, 'one line, whatever came of the call');
}

for (const { name, answer, code, retryAfterMs } of ROWS) {
  test(`model error: ${name} is ${code}`, async (t) => {
    const bench = await agentBench(t, answer);
    const failure = await failureOf(bench.run());
    assert.equal(failure.code, code, failure.message);
    assert.equal(failure.retryable, code.startsWith('provider_'));
    assert.equal(failure.retryAfterMs, retryAfterMs);
    assert.equal(bench.stub.requests.length, 1, 'one request, no retries of its own');
    assert.doesNotMatch(`${failure.message} ${failure.stack}`, new RegExp(API_KEY));
    assert.deepEqual(
      bench.seen.calls.map((call) => [call.status, call.errorCode, call.inputTokens]),
      [['error', code, 0]],
    );
    assert.match(bench.seen.calls[0]?.id ?? '', /^run:r:phase:design:1:error:[0-9a-f-]{36}$/);
  });
}

test('model error: Retry-After as an HTTP date', async (t) => {
  const bench = await agentBench(
    t,
    status(429, error(null), { 'retry-after': new Date(Date.now() + 30_000).toUTCString() }),
  );
  const { retryAfterMs = 0 } = await failureOf(bench.run());
  assert.ok(retryAfterMs > 27_000 && retryAfterMs <= 30_000, String(retryAfterMs));
});

test('model error: the id of the request is kept', async (t) => {
  const bench = await agentBench(t, status(500, error(null), { 'x-request-id': 'req_42' }));
  assert.equal((await failureOf(bench.run())).requestId, 'req_42');
});

test('model error: connection refused, and a name that does not exist', async (t) => {
  const bench = await agentBench(t);
  const port = await freePort();
  for (const baseUrl of [`http://127.0.0.1:${port}/v1`, 'http://no-such-host.invalid/v1']) {
    const failure = await failureOf(bench.run({ model: { ...bench.request.model, baseUrl } }));
    assert.equal(failure.code, 'provider_unreachable', failure.message);
    assert.match(failure.message, /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/);
    assertCounted(
      { ...bench, seen: { ...bench.seen, calls: bench.seen.calls.slice(-1), begun: bench.seen.begun.slice(-1) } },
      false,
    );
  }
});

test('model error: a key that can not be sent is told at once, without it', async (t) => {
  const bench = await agentBench(t);
  for (const apiKey of ['sk-canary-first\nsecond', 'sk-canary-kéy-日本']) {
    const failure = await failureOf(bench.run({ model: { ...bench.request.model, apiKey } }));
    assert.equal(failure.code, 'model_auth_failed', failure.message);
    assert.doesNotMatch(failure.message, /canary/);
  }
  assert.equal(bench.stub.requests.length, 0);
});

const STALLS: [string, Answer][] = [
  ['no headers', () => undefined],
  [
    'headers, then nothing',
    (response) => void response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders(),
  ],
  ['half a body', (response) => void response.writeHead(200).write('{"id":')],
  ['half an error', (response) => void response.writeHead(500).write('{"error":')],
];
for (const [name, answer] of STALLS) {
  test(`model error: a stall (${name}) is cut at the deadline, and the connection closed`, async (t) => {
    const bench = await agentBench(t, answer);
    const start = performance.now();
    const failure = await failureOf(bench.run({ callTimeoutMs: 300 }));
    const took = performance.now() - start;
    assert.equal(failure.code, 'provider_timeout');
    // an error is one as soon as its status has come
    assertCounted(bench, name !== 'half an error');
    assert.ok(took >= 290 && took < 10_000, `${took} ms`);
    await closedByClient(bench.stub);
  });
}

test('model error: a body without end is not read to its end', async (t) => {
  const bench = await agentBench(t, (response) => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    response.writeHead(200);
    const more = (): void => void (!response.destroyed && response.write(chunk, () => setImmediate(more)));
    more();
  });
  const failure = await failureOf(bench.run());
  assert.equal(failure.code, 'provider_bad_reply');
  assert.match(failure.message, /more than 4194304 bytes/);
});

test('model error: neither keys nor the conversation are repeated, and the words are cut', async (t) => {
  const prompt = 'Design the secret orchard of the northern monastery, with all of its canals and bees.';
  const words = `Bearer abc.def-123 sk-proj-aaaabbbbcccc you sent: "${prompt}" ${'x'.repeat(500)}`;
  const bench = await agentBench(t, status(400, error('nope', words)));
  const { message } = await failureOf(bench.run({ prompt: async () => prompt }));
  assert.doesNotMatch(message, /abc\.def|aaaabbbb|monastery/);
  assert.match(message, /refused the request \(HTTP 400\): Bearer \*\*\* \*\*\* you sent: "\[…\]/);
  assert.ok(message.length < 400);
});

async function failureOf(run: Promise<unknown>): Promise<ModelFailure> {
  const failure = await run.then(
    () => assert.fail('the run should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(failure instanceof ModelFailure, String(failure));
  return failure;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('model error: the words of an error that break off, or never end, do not hide its status', async (t) => {
  const bench = await agentBench(
    t,
    raw(
      '429 Too Many Requests\r\ncontent-type: application/json\r\nretry-after: 7\r\ncontent-length: 5000',
      '{"error":',
    ),
  );
  const failure = await failureOf(bench.run());
  assert.deepEqual([failure.code, failure.retryAfterMs], ['provider_rate_limited', 7_000]);
  assertCounted(bench, false);
});
