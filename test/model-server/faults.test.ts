import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Behaviour, Fault } from '../../src/model-server/server.js';
import { ask, onlyCall, post, PROMPT, serve, tool, type Completion } from './support/chat.js';

const BODY = { model: 'm', messages: [{ role: 'user', content: PROMPT }], tools: [tool('write_file')] };

/** Answers of the API itself: the fault, its status, and the code in its body. */
const REFUSALS: [Behaviour, number, string | null][] = [
  [{ status: 401 }, 401, 'invalid_api_key'],
  [{ status: 403 }, 403, 'model_not_available'],
  [{ status: 404 }, 404, 'model_not_found'],
  [{ status: 429 }, 429, 'rate_limit_exceeded'],
  [{ status: 500 }, 500, null],
  [{ status: 503 }, 503, null],
  [{ fault: 'context_length' }, 400, 'context_length_exceeded'],
  [{ fault: 'content_filter_error' }, 400, 'content_filter'],
  [{ fault: 'quota_exhausted' }, 429, 'insufficient_quota'],
];

for (const [behaviour, status, code] of REFUSALS) {
  test(`answers ${JSON.stringify(behaviour)} in the form of the API, once`, async (t) => {
    const server = await serve(t);
    server.script('m', [behaviour]);
    const response = await post(server, BODY);
    assert.equal(response.status, status);
    assert.equal(((await response.json()) as { error: { code: string | null } }).error.code, code);
    assert.equal((await post(server, BODY)).status, 200);
  });
}

test('Retry-After and a body of the script are sent as they are written', async (t) => {
  const server = await serve(t);
  const date = 'Wed, 01 Jan 2031 00:00:00 GMT';
  server.script('m', [
    { status: 429, retryAfter: '2' },
    { status: 503, retryAfter: date, body: { odd: true } },
  ]);
  assert.equal((await post(server, BODY)).headers.get('retry-after'), '2');
  const second = await post(server, BODY);
  assert.deepEqual([second.status, second.headers.get('retry-after'), await second.json()], [503, date, { odd: true }]);
});

/** What the model says wrong, as the client sees it. */
const WRONG: Record<string, (completion: Completion) => void> = {
  content_filter: ({ choices }) =>
    assert.deepEqual([choices[0]?.finish_reason, choices[0]?.message.content], ['content_filter', '']),
  refusal: ({ choices }) => assert.match(choices[0]?.message.refusal ?? '', /can't help/),
  text_only: ({ choices }) =>
    assert.deepEqual([choices[0]?.finish_reason, choices[0]?.message.tool_calls], ['stop', undefined]),
  unknown_tool: (completion) => assert.equal(onlyCall(completion).name, 'launch_rocket'),
  malformed_arguments: (completion) => assert.throws(() => onlyCall(completion), SyntaxError),
  truncated_tool_call: (completion) => {
    assert.equal(completion.choices[0]?.finish_reason, 'length');
    assert.throws(() => onlyCall(completion), SyntaxError);
  },
  invalid_json_artifact: (completion) => {
    assert.equal(onlyCall(completion).args.path, 'artifacts/note.json');
    assert.throws(() => void JSON.parse(String(onlyCall(completion).args.content)), SyntaxError);
  },
  invalid_artifact: (completion) => assert.deepEqual(JSON.parse(String(onlyCall(completion).args.content)), {}),
  wrong_path: (completion) => assert.equal(onlyCall(completion).args.path, 'artifacts/somewhere-else.json'),
  huge_output: (completion) => assert.ok(String(onlyCall(completion).args.content).length > 2_000_000),
  empty_choices: ({ choices }) => assert.deepEqual(choices, []),
  no_usage: ({ usage }) => assert.equal(usage, undefined),
} satisfies Partial<Record<Fault, (completion: Completion) => void>>;

for (const [fault, check] of Object.entries(WRONG)) {
  test(`misbehaves as told: ${fault}`, async (t) => {
    const server = await serve(t);
    server.script('m', [{ fault: fault as Fault }]);
    check(await ask(server));
  });
}

test('drops connections, before the answer and within it', async (t) => {
  const server = await serve(t);
  server.script('m', [{ fault: 'drop_before_headers' }, { fault: 'drop_mid_body' }]);
  await assert.rejects(post(server, BODY), TypeError);
  const response = await post(server, BODY);
  assert.equal(response.status, 200);
  await assert.rejects(response.text(), TypeError);
});

test('stalls before the answer and within it, until the client gives up', async (t) => {
  const server = await serve(t);
  server.script('m', [{ fault: 'stall_headers' }, { fault: 'stall_body' }]);
  await assert.rejects(post(server, BODY, AbortSignal.timeout(150)), { name: 'TimeoutError' });
  const response = await post(server, BODY, AbortSignal.timeout(300));
  assert.equal(response.status, 200);
  await assert.rejects(response.text(), { name: 'TimeoutError' });
});

test('answers with a page, or with half of the JSON, as if all were well', async (t) => {
  const server = await serve(t);
  server.script('m', [{ fault: 'html' }, { fault: 'broken_json' }]);
  const page = await post(server, BODY);
  assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
  const broken = await post(server, BODY);
  assert.equal(broken.status, 200);
  await assert.rejects(broken.json(), SyntaxError);
});

test('sends text, tool calls and whole replies as they are scripted, after a delay', async (t) => {
  const server = await serve(t);
  server.script('m', [
    { text: 'hello' },
    {
      tools: [
        { name: 'ls', args: { path: 'x' } },
        { name: 'ls', args: 'not json' },
      ],
      finishReason: 'length',
    },
    { reply: { id: 'fixed' } },
    { delayMs: 120 },
  ]);
  assert.equal((await ask(server)).choices[0]?.message.content, 'hello');
  const { choices } = await ask(server);
  assert.deepEqual(
    choices[0]?.message.tool_calls?.map((call) => call.function.arguments),
    ['{"path":"x"}', 'not json'],
  );
  assert.equal(choices[0]?.finish_reason, 'length');
  assert.deepEqual(await ask(server), { id: 'fixed' });
  const started = performance.now();
  await ask(server);
  assert.ok(performance.now() - started >= 115);
});
