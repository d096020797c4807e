import assert from 'node:assert/strict';
import test from 'node:test';
import { ModelFailure, type ModelFailureCode } from '../../../src/agent/model/model-failure.js';
import { agentBench } from '../support/agent-bench.js';
import { callTool, completion, say, status } from '../support/http-stub.js';

type Row = [who: string, httpStatus: number, body: unknown, code: ModelFailureCode, words: RegExp];

const openAi = (message: string, code: string | null = null): object => ({
  error: { message, type: 'invalid_request_error', param: null, code },
});

const LIMITS: Row[] = [
  [
    'Cerebras, requests',
    429,
    {
      message: 'Requests per minute limit exceeded - too many requests sent.',
      type: 'too_many_requests_error',
      param: 'quota',
      code: 'request_quota_exceeded',
    },
    'provider_rate_limited',
    /per minute/,
  ],
  [
    'Cerebras, tokens, without a time',
    429,
    { message: 'Tokens limit exceeded', type: 'too_many_tokens_error', code: 'token_quota_exceeded' },
    'provider_rate_limited',
    /Tokens limit/,
  ],
  [
    'a quota of a minute with the code of a quota',
    429,
    openAi('You have used your quota of 60 requests per minute', 'insufficient_quota'),
    'provider_rate_limited',
    /per minute/,
  ],
  [
    'DashScope, a limit that passes',
    429,
    openAi('Allocated quota exceeded, please increase your quota limit.', 'insufficient_quota'),
    'provider_rate_limited',
    /quota limit/,
  ],
  ['a limit with status 403', 403, openAi('Quota: 10 requests per second'), 'provider_rate_limited', /per second/],
  [
    'OpenAI, no quota is left',
    429,
    openAi('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota'),
    'model_quota_exhausted',
    /billing/,
  ],
  [
    'LiteLLM, the same from behind',
    429,
    openAi('litellm.RateLimitError: You exceeded your current quota', 'insufficient_quota'),
    'model_quota_exhausted',
    /current quota/,
  ],
  ['a plain quota code', 429, openAi('no more', 'quota_exceeded'), 'model_quota_exhausted', /no more/],
];

const LENGTH: Row[] = (
  [
    ['TGI', 422, { error: 'Input validation error: `inputs` must have less than 4096 tokens. Given: 5129' }],
    [
      'watsonx',
      400,
      openAi('the number of input tokens 4149 cannot exceed the total tokens limit 4096 for this model'),
    ],
    [
      'SiliconFlow',
      400,
      { code: 20_015, message: 'length of prompt_tokens (33000) must be less than max_seq_len (32768).', data: null },
    ],
    [
      'GitHub Copilot',
      400,
      openAi('prompt token count of 129000 exceeds the limit of 128000', 'model_max_prompt_tokens_exceeded'),
    ],
    ['Volcengine Ark', 400, openAi('Total tokens of image and text exceed max message tokens.')],
    ['nginx', 413, '<html><head><title>413 Request Entity Too Large</title></head></html>'],
    ['nobody in particular', 400, openAi('Your prompt has 9000 tokens, which exceeds the 8192 tokens limit')],
    [
      'OpenAI, which speaks of functions',
      400,
      openAi(
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the messages, 1000 in the functions). Please reduce the length of the messages or functions.",
        'context_length_exceeded',
      ),
    ],
  ] as const
).map(([who, code, body]) => [who, code, body, 'model_context_too_long', /./]);

const ONE_FIELD: Row[] = [
  "Invalid 'tools[2].function.description': string too long. Expected a string with maximum length 1024, but got a string with length 1500 instead.",
  "Invalid 'messages[3].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length 52 instead.",
  "Invalid 'messages[1].name': string too long. Expected a string with maximum length 64",
  "Invalid 'user': string too long. Expected a string with maximum length 64",
].map((message) => [
  message.slice(9, 40),
  400,
  openAi(message, 'string_above_max_length'),
  'model_request_rejected',
  /string too long/,
]);

const AS_SUCCESS: Row[] = [
  [
    'MiniMax, balance',
    200,
    { choices: null, base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
    'model_quota_exhausted',
    /insufficient balance/,
  ],
  [
    'MiniMax, key',
    200,
    { base_resp: { status_code: 1004, status_msg: 'login fail: Please carry the API secret key' } },
    'model_auth_failed',
    /login fail/,
  ],
  [
    'MiniMax, a limit',
    200,
    { base_resp: { status_code: 1002, status_msg: 'rate limit exceeded(RPM)' } },
    'provider_rate_limited',
    /rate limit/,
  ],
  [
    'Baidu',
    200,
    { error_code: 110, error_msg: 'Access token invalid or no longer valid' },
    'model_auth_failed',
    /Access token invalid.*110/,
  ],
  ['FastAPI', 200, { detail: 'Invalid token' }, 'model_auth_failed', /Invalid token/],
  ['a gateway, no key', 200, { message: 'Unauthorized: no API key' }, 'model_auth_failed', /no API key/],
  [
    'Zhipu, arrears',
    200,
    { code: 1_113, msg: 'account in arrears', data: null },
    'model_quota_exhausted',
    /account in arrears/,
  ],
  [
    'a status in words',
    200,
    { status: 'error', message: 'model overloaded' },
    'provider_bad_reply',
    /model overloaded/,
  ],
  ['a status in the code', 200, { code: 401, msg: 'no such user', data: null }, 'model_auth_failed', /no such user/],
  [
    'the length',
    200,
    { error: 'prompt is too long: 208310 tokens > 200000 maximum' },
    'model_context_too_long',
    /208310/,
  ],
  ['nothing that is known', 200, { id: 'x', odd: 'thing' }, 'provider_bad_reply', /"odd":"thing"/],
];

const IN_STREAMS: Row[] = [
  [
    'DashScope',
    200,
    'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"DataInspectionFailed","message":"Input data may contain inappropriate content."}\n\n',
    'model_content_refused',
    /inappropriate content/,
  ],
  [
    'Gemini',
    200,
    'data: [{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]\n\n',
    'model_auth_failed',
    /API key not valid/,
  ],
  [
    'an event without JSON',
    200,
    'event: error\ndata: upstream timed out\n\n',
    'provider_bad_reply',
    /upstream timed out/,
  ],
  [
    'an event without a name',
    200,
    'data: {"code":"invalid_api_key","message":"wrong"}\n\n',
    'model_auth_failed',
    /wrong/,
  ],
  [
    'an error after words, which is paid',
    200,
    'data: {"choices":[{"delta":{"content":"a"}}]}\n\nevent: error\ndata: {"message":"hung up"}\n\n',
    'provider_bad_reply',
    /hung up/,
  ],
  ...['"null"', '"None"', '""', '"FINISH_REASON_UNSPECIFIED"', '0', '{}'].map((reason): Row => [
    `broken off, with the finish reason ${reason}`,
    200,
    `data: {"choices":[{"delta":{"content":"half"},"finish_reason":${reason}}]}\n\n`,
    'provider_bad_reply',
    /broke off/,
  ]),
];

for (const [who, httpStatus, body, code, words] of [...LIMITS, ...LENGTH, ...ONE_FIELD, ...AS_SUCCESS, ...IN_STREAMS])
  test(`an error in another form (${who}) is ${code}`, async (t) => {
    const bench = await agentBench(t, status(httpStatus, body));
    const failure = await failureOf(bench.run({ model: { ...bench.request.model, name: who } }));
    assert.equal(failure.code, code, failure.message);
    assert.match(failure.message, words);
    assert.equal(bench.stub.requests.length, 1);
  });

for (const body of ['Ollama is running', { status: 'ok' }, {}])
  test(`what is of no chat API (${JSON.stringify(body)}): asked once more at once, and then it is a wrong base URL`, async (t) => {
    const name = `elsewhere ${JSON.stringify(body)}`;
    const twice = await agentBench(t, status(200, body), status(200, body));
    const failure = await failureOf(twice.run({ model: { ...twice.request.model, name } }));
    assert.equal(failure.code, 'base_url_wrong');
    assert.ok(failure.message.includes(typeof body === 'string' ? body : JSON.stringify(body)), failure.message);
    assert.equal(twice.stub.requests.length, 2);
  });

const EMPTY_ERRORS = [
  { error: { message: '', type: '', param: '', code: null } },
  { error: {} },
  { error: [] },
  { error: { message: '', code: 0 } },
  { errors: [{ message: '' }] },
  { base_resp: { status_code: 0, status_msg: 'success' } },
  { error: { code: 200, message: 'ok' } },
  { code: 0, msg: 'success' },
];
for (const empty of EMPTY_ERRORS)
  test(`a paid reply with an error beside it that says nothing is a reply: ${JSON.stringify(empty)}`, async (t) => {
    const within = 'error' in empty ? { error: empty.error } : {};
    const call = { id: 'a', type: 'function', function: { name: 'write_artifact', arguments: '{"title":"a"}' } };
    const chunk = { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...call }] }, ...within }], ...empty };
    const end = { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }], ...empty };
    const stream = [chunk, end].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
    for (const answer of [completion({ tool_calls: [call] }, within, empty), status(200, stream)]) {
      const bench = await agentBench(t, answer);
      assert.equal((await bench.run()).outcome.kind, 'artifact_written');
    }
  });

test('a stream that was cut stays cut, whatever its last event says: its calls are not run', async (t) => {
  const call = { index: 0, id: 'a', function: { name: 'write_file', arguments: '{"path":"repo/x","content":"half"}' } };
  const events = [
    { choices: [{ delta: { tool_calls: [call] }, finish_reason: 'length' }] },
    { choices: [{ delta: {}, finish_reason: 'stop' }] },
  ];
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  const bench = await agentBench(t, status(200, body), callTool('write_artifact', { title: 'a' }));
  await bench.run();
  assert.deepEqual(
    bench.kept.toolCalls.map(({ tool }) => tool),
    ['write_artifact'],
  );
});

test('more for the reply than the context has is told as that', async (t) => {
  for (const [maxOutputTokens, message] of [
    [
      40_000,
      "'max_tokens' or 'max_completion_tokens' is too large: 40000. This model's maximum context length is 32768 tokens and your request has 500 input tokens",
    ],
    [200_000, 'input length and `max_tokens` exceed context limit: 5000 + 200000 > 200000'],
  ] as const) {
    const bench = await agentBench(t, status(400, openAi(message)));
    const failure = await failureOf(bench.run({ model: { ...bench.request.model, maxOutputTokens } }));
    assert.equal(failure.code, 'model_request_rejected');
    assert.match(failure.message, new RegExp(`maxOutputTokens is ${maxOutputTokens}.*lower`));
  }
});

test('a refusal of a small request that names no number teaches nothing about the context', async (t) => {
  const lessons: string[] = [];
  const bench = await agentBench(t, status(400, openAi('input is too long')), callTool('ls', {}), say('x'));
  const { request } = bench;
  const changes = {
    model: { ...request.model, name: 'small' },
    observe: { ...request.observe, learned: ({ told }: { told: string }) => void lessons.push(told) },
  };
  assert.equal((await failureOf(bench.run(changes))).code, 'model_context_too_long');
  assert.deepEqual(lessons, []);
});

async function failureOf(run: Promise<unknown>): Promise<ModelFailure> {
  const failure = await run.then(
    () => assert.fail('the run should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(failure instanceof ModelFailure, String(failure));
  return failure;
}
