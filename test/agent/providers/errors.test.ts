import assert from 'node:assert/strict';
import test from 'node:test';
import { ModelFailure, type ModelFailureCode } from '../../../src/agent/model/model-failure.js';
import { agentBench } from '../support/agent-bench.js';
import { callTool, say, status, type Answer } from '../support/http-stub.js';

interface Row {
  who: string;
  answer: Answer;
  code: ModelFailureCode;
  /** Words of the provider that must be in the message. */
  words: RegExp;
  retryAfterMs?: number;
}

const openAi = (message: string, more: object = {}): object => ({
  error: { message, type: 'invalid_request_error', param: null, code: null, ...more },
});
const google = (code: number, message: string, state: string, more: object = {}): object => [
  { error: { code, message, status: state, ...more } },
];
const inChoice = (error: object): object => ({
  id: 'x',
  choices: [{ index: 0, finish_reason: 'error', error, message: { role: 'assistant', content: '' } }],
  usage: { prompt_tokens: 10, completion_tokens: 1 },
});

/** A row of each provider's words: the answer, the code that comes of it, and the words that people must see. */
function row(
  who: string,
  httpStatus: number,
  body: unknown,
  code: ModelFailureCode,
  words: RegExp,
  retryAfterMs?: number,
): Row {
  return { who, answer: status(httpStatus, body), code, words, retryAfterMs };
}

const TOO_LONG = (who: string, httpStatus: number, body: unknown): Row =>
  row(who, httpStatus, body, 'model_context_too_long', /[a-z]{3}/i);

const ROWS: Row[] = [
  TOO_LONG(
    'OpenAI',
    400,
    openAi("This model's maximum context length is 128000 tokens.", { code: 'context_length_exceeded' }),
  ),
  TOO_LONG('OpenAI, Responses words', 400, openAi('Your input exceeds the context window of this model.')),
  TOO_LONG(
    'OpenAI, more than a minute allows',
    429,
    openAi('Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000.', {
      code: 'rate_limit_exceeded',
    }),
  ),
  TOO_LONG('Anthropic', 400, {
    type: 'error',
    error: { type: 'invalid_request_error', message: 'prompt is too long: 208310 tokens > 200000 maximum' },
  }),
  TOO_LONG(
    'Anthropic, with the output',
    400,
    openAi('input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000'),
  ),
  TOO_LONG('Anthropic, bytes', 413, {
    type: 'error',
    error: { type: 'request_too_large', message: 'Request exceeds the maximum allowed number of bytes.' },
  }),
  TOO_LONG(
    'Gemini',
    400,
    google(
      400,
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      'INVALID_ARGUMENT',
    ),
  ),
  TOO_LONG('xAI', 400, {
    code: 'Client specified an invalid argument',
    error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
  }),
  TOO_LONG('Bedrock', 400, { message: 'Input is too long for requested model.' }),
  TOO_LONG('Bedrock, capital letter', 400, { Message: 'Input is too long for requested model.' }),
  TOO_LONG(
    'Qwen',
    400,
    openAi('<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]', {
      code: 'invalid_parameter_error',
    }),
  ),
  TOO_LONG('Mistral', 400, {
    object: 'error',
    message: 'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    type: 'invalid_request_prompt',
    code: 3051,
  }),
  TOO_LONG(
    'DeepSeek',
    400,
    openAi("This model's maximum context length is 65536 tokens. However, you requested 70000 tokens"),
  ),
  TOO_LONG('LM Studio', 400, {
    error:
      'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
  }),
  TOO_LONG('LM Studio, newer', 400, {
    error: 'The number of tokens to keep from the initial prompt is greater than the context length.',
  }),
  TOO_LONG('LM Studio, status 200', 200, {
    error: {
      code: 400,
      message:
        'the context length of 4096 tokens is greater than the context length allows, tokens is greater than the context length',
    },
  }),
  TOO_LONG('llama.cpp', 400, {
    error: {
      code: 400,
      message: 'the request exceeds the available context size',
      type: 'exceed_context_size_error',
      n_ctx: 4096,
    },
  }),
  TOO_LONG('llama.cpp of old, status 500', 500, {
    error: {
      code: 500,
      message: 'the request exceeds the available context size. try increasing the context size',
      type: 'server_error',
    },
  }),
  TOO_LONG('vLLM', 400, {
    object: 'error',
    message: 'The decoder prompt (length 9000) is longer than the maximum model length of 8192.',
    type: 'BadRequestError',
    code: 400,
  }),
  TOO_LONG('SGLang', 400, {
    object: 'error',
    message: "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
  }),
  TOO_LONG('Ollama', 400, openAi('prompt too long; exceeded max context length by 12 tokens')),
  TOO_LONG('TGI', 422, {
    error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000',
    error_type: 'validation',
  }),
  TOO_LONG(
    'Groq',
    400,
    openAi('Please reduce the length of the messages or completion.', { code: 'context_length_exceeded' }),
  ),
  TOO_LONG(
    'Groq, 413',
    413,
    openAi('Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 7994', {
      type: 'tokens',
      code: 'rate_limit_exceeded',
    }),
  ),
  TOO_LONG('Cohere', 400, {
    id: 'x',
    message: 'too many tokens: total number of tokens in the prompt cannot exceed 4081',
  }),
  TOO_LONG('Fireworks', 400, openAi('The prompt is too long: 9000, model maximum context length: 8191')),
  TOO_LONG('Moonshot', 400, openAi('Invalid request: Your request exceeded model token limit: 8192')),
  TOO_LONG(
    'GitHub Models',
    413,
    openAi('Request body too large for gpt-4o model. Max size: 8000 tokens.', { code: 'tokens_limit_reached' }),
  ),
  TOO_LONG('OpenRouter, from behind', 400, {
    error: {
      message: 'Provider returned error',
      code: 400,
      metadata: { raw: '{"error":{"message":"prompt is too long: 3 > 2 maximum"}}', provider_name: 'Anthropic' },
    },
  }),

  row(
    'OpenRouter, moderation',
    403,
    {
      error: {
        code: 403,
        message: 'gpt-4 requires moderation. Your input was flagged for "violence"',
        metadata: { reasons: ['violence'] },
      },
    },
    'model_content_refused',
    /flagged for "violence"/,
  ),
  row(
    'Azure, content filter',
    400,
    openAi("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", {
      code: 'content_filter',
      innererror: { code: 'ResponsibleAIPolicyViolation' },
    }),
    'model_content_refused',
    /content management policy/,
  ),
  row(
    'OpenAI, policy',
    400,
    openAi('Invalid prompt: your prompt was flagged as potentially violating our usage policy.', {
      code: 'invalid_prompt',
    }),
    'model_content_refused',
    /flagged/,
  ),
  row(
    'Qwen, inspection',
    400,
    openAi('Input data may contain inappropriate content.', { code: 'data_inspection_failed' }),
    'model_content_refused',
    /inappropriate/,
  ),
  row('DeepSeek, content', 400, openAi('Content Exists Risk'), 'model_content_refused', /Exists Risk/),
  row(
    'xAI, guidelines',
    403,
    {
      code: 'The caller does not have permission',
      error: 'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO',
    },
    'model_content_refused',
    /usage guidelines/,
  ),
  row('Bedrock, guardrail', 400, { message: 'guardrail_intervened' }, 'model_content_refused', /guardrail/),
  row(
    'a moderation within a choice',
    200,
    inChoice({ code: 403, message: 'Output was flagged for "x": request was flagged' }),
    'model_content_refused',
    /flagged/,
  ),

  row(
    'Gemini, key',
    400,
    google(400, 'API key not valid. Please pass a valid API key.', 'INVALID_ARGUMENT'),
    'model_auth_failed',
    /API key not valid/,
  ),
  row(
    'xAI, key',
    400,
    { code: 'invalid-argument', error: 'Incorrect API key provided: xa***. You can obtain an API key' },
    'model_auth_failed',
    /Incorrect API key/,
  ),
  row(
    'Bedrock, token',
    403,
    { message: 'The security token included in the request is invalid.' },
    'model_auth_failed',
    /security token/,
  ),
  row('DeepSeek, key', 401, openAi('Authentication Fails (no such user)'), 'model_auth_failed', /no such user/),

  row(
    'xAI, credits',
    403,
    { code: 'x', error: 'Your team has either used all available credits or reached its monthly spending limit.' },
    'model_quota_exhausted',
    /credits/,
  ),
  row(
    'Anthropic, credits',
    400,
    openAi('Your credit balance is too low to access the Anthropic API.'),
    'model_quota_exhausted',
    /credit balance/,
  ),
  row(
    'Qwen, arrears',
    400,
    openAi('Access denied, please make sure your account is in good standing.', { code: 'Arrearage' }),
    'model_quota_exhausted',
    /good standing/,
  ),
  row(
    'Moonshot, quota',
    429,
    openAi('You exceeded your current token quota', { type: 'exceeded_current_quota_error' }),
    'model_quota_exhausted',
    /token quota/,
  ),
  row(
    'Gemini, a limit that passes, with its time in the body',
    429,
    google(429, 'You exceeded your current quota, please check your plan and billing details.', 'RESOURCE_EXHAUSTED', {
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' }],
    }),
    'provider_rate_limited',
    /current quota/,
    34_500,
  ),
  row(
    'Anthropic, overloaded',
    529,
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    'provider_error',
    /Overloaded/,
  ),

  row(
    'Ollama, model',
    404,
    openAi('model "x" not found, try pulling it first', { type: 'not_found_error' }),
    'model_not_found',
    /try pulling/,
  ),
  row(
    'Azure, deployment',
    404,
    openAi('The API deployment for this resource does not exist.', { code: 'DeploymentNotFound' }),
    'model_not_found',
    /deployment/,
  ),
  row(
    'OpenRouter, no endpoint',
    404,
    { error: { message: 'No endpoints found that support tool use.', code: 404 } },
    'model_not_found',
    /No endpoints/,
  ),
  row('FastAPI, place', 404, { detail: 'Not Found' }, 'base_url_wrong', /base URL[^]*Not Found/),
  row('Go, place', 404, '404 page not found', 'base_url_wrong', /base URL[^]*page not found/),
  row('a page, place', 404, '<!DOCTYPE html><html><title>no</title></html>', 'base_url_wrong', /base URL/),
  row(
    'Express, place',
    404,
    '<html><body><pre>Cannot POST /chat/completions</pre></body></html>',
    'base_url_wrong',
    /base URL/,
  ),
  row('a method that is not allowed', 405, '', 'base_url_wrong', /base URL/),
  row(
    'LM Studio without /v1',
    200,
    { error: 'Unexpected endpoint or method. (POST /chat/completions)' },
    'base_url_wrong',
    /base URL[^]*Unexpected endpoint/,
  ),
  row('OpenAI, place', 404, openAi('Invalid URL (POST /chat/completions)'), 'base_url_wrong', /Invalid URL/),

  row(
    'a list of errors',
    500,
    google(500, 'An internal error has occurred.', 'INTERNAL'),
    'provider_error',
    /internal error has occurred/,
  ),
  row(
    'Cloudflare',
    400,
    { success: false, errors: [{ code: 5006, message: 'AiError: bad input' }] },
    'model_request_rejected',
    /bad input/,
  ),
  row(
    'FastAPI, details',
    422,
    { detail: [{ loc: ['body', 'tool_choice'], msg: 'field required' }] },
    'model_request_rejected',
    /body\.tool_choice: field required/,
  ),
  row('a text as the error', 400, { error: 'something odd' }, 'model_request_rejected', /something odd/),
  row('no JSON', 400, 'upstream said no', 'model_request_rejected', /upstream said no/),
  row(
    'an upstream that fails, in a choice',
    200,
    inChoice({ code: 502, message: 'Upstream hung up' }),
    'provider_bad_reply',
    /Upstream hung up/,
  ),
  row(
    'a limit, in a choice',
    200,
    inChoice({ code: 429, message: 'Rate limit upstream' }),
    'provider_bad_reply',
    /Rate limit upstream/,
  ),
  row(
    'a finish reason that says error',
    200,
    { choices: [{ finish_reason: 'error', message: { content: 'half' } }] },
    'provider_bad_reply',
    /ended with error/,
  ),
  row(
    'DeepSeek, broken off',
    200,
    { choices: [{ finish_reason: 'insufficient_system_resource', message: { content: 'half' } }] },
    'provider_bad_reply',
    /insufficient_system_resource/,
  ),
  row(
    'an error in a stream, before anything else',
    200,
    'data: {"error":{"code":503,"message":"No capacity"}}\n\n',
    'provider_error',
    /No capacity/,
  ),
  row(
    'an error in a stream, after words',
    200,
    'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"error":{"code":503,"message":"No capacity"}}\n\n',
    'provider_bad_reply',
    /No capacity/,
  ),
  row(
    'a stream that breaks off',
    200,
    'data: {"choices":[{"delta":{"content":"a"}}]}\n\n',
    'provider_bad_reply',
    /broke off/,
  ),
  row(
    'a stream that breaks off within an event',
    200,
    'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choi',
    'provider_bad_reply',
    /not JSON/,
  ),
  row('an empty stream', 200, 'data: [DONE]\n\n', 'provider_bad_reply', /without a choice/),
];

for (const { who, answer, code, words, retryAfterMs } of ROWS) {
  test(`an error in the words of a provider (${who}) is ${code}`, async (t) => {
    const bench = await agentBench(t, answer);
    // what is known of an address stays known, and the port may be that of an earlier server
    const failure = await failureOf(bench.run({ model: { ...bench.request.model, name: who } }));
    assert.equal(failure.code, code, failure.message);
    assert.match(failure.message, words);
    assert.equal(failure.retryAfterMs, retryAfterMs);
    assert.equal(bench.stub.requests.length, 1);
  });
}

test('a cut tool call of a stream is never run', async (t) => {
  const call = { index: 0, id: 'a', function: { name: 'write_file', arguments: '{"path":"repo/x","content":"half"}' } };
  const event = `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [call] } }] })}\n\n`;
  const bench = await agentBench(t, status(200, event));
  await failureOf(bench.run());
  assert.deepEqual([bench.kept.toolCalls, bench.kept.messages], [[], []]);
});

test('a page instead of a reply: asked once more at once, and then it is a wrong base URL', async (t) => {
  const page = status(200, '<!doctype html><html>hello</html>');
  const twice = await agentBench(t, page, page);
  const failure = await failureOf(twice.run());
  assert.equal(failure.code, 'base_url_wrong');
  assert.match(failure.message, /127\.0\.0\.1:\d+\/v1/);
  assert.equal(twice.stub.requests.length, 2);
  const once = await agentBench(t, page, callTool('write_artifact', { title: 'a' }));
  assert.equal((await once.run()).outcome.kind, 'artifact_written');
});

test('a page from an address that has answered before is a provider that fails', async (t) => {
  const bench = await agentBench(
    t,
    callTool('ls', {}),
    status(200, '<html>maintenance</html>'),
    status(404, '<html>x</html>'),
  );
  assert.equal((await failureOf(bench.run())).code, 'provider_bad_reply');
  assert.equal((await failureOf(bench.run())).code, 'model_not_found');
});

test('a base URL that is none is named', async (t) => {
  const bench = await agentBench(t, say('hi'));
  const failure = await failureOf(bench.run({ model: { ...bench.request.model, baseUrl: 'localhost 1234' } }));
  assert.deepEqual([failure.code, failure.isFree], ['base_url_wrong', true]);
});

async function failureOf(run: Promise<unknown>): Promise<ModelFailure> {
  const failure = await run.then(
    () => assert.fail('the run should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(failure instanceof ModelFailure, String(failure));
  return failure;
}
