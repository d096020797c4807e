import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/domain/text/json.js';
import { openAiError, textOf, type Refusal } from './provider-server.js';
import type { Row } from './row.js';
import { asStream } from './streamed.js';
import type { Sent } from './strict-history.js';

const refusedRole =
  (role: string, refusal: Refusal) =>
  (body: Sent): Refusal | undefined =>
    body.messages.some((message) => message.role === role) ? refusal : undefined;

const refusedField =
  (field: string, refusal: Refusal) =>
  (body: Sent): Refusal | undefined =>
    field in body ? refusal : undefined;

const refusedArtifactTool =
  (refusal: Refusal) =>
  (body: Sent): Refusal | undefined =>
    body.tools?.some((tool) => tool.function.name === 'write_artifact') ? refusal : undefined;

const usesWriteFile: Row['check'] = ({ sent }) =>
  assert.ok(!sent.at(-1)?.tools?.some((tool) => tool.function.name === 'write_artifact'));

/** Providers that want another request: by a setting, or learned from what they say. */
export const REQUESTS: Row[] = [
  {
    name: 'OpenAI: max_completion_tokens by the recipe',
    recipe: 'openai',
    model: { maxOutputTokens: 4_000 },
    refuse: refusedField('max_tokens', openAiError(400, 'no')),
    check: ({ sent, headers }) => {
      assert.ok(sent.every((body) => body.max_completion_tokens === 4_000));
      assert.match(String(headers[0]?.authorization), /^Bearer /);
    },
  },
  {
    name: 'OpenAI: max_tokens is refused, max_completion_tokens is wanted',
    model: { maxOutputTokens: 4_000 },
    refuse: refusedField(
      'max_tokens',
      openAiError(
        400,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        { param: 'max_tokens', code: 'unsupported_parameter' },
      ),
    ),
    learned: [/max_completion_tokens/],
    check: ({ sent }) => assert.equal(sent.length, 4),
  },
  {
    name: 'a provider that does not know max_completion_tokens',
    model: { maxOutputTokens: 4_000, dialect: { maxTokensField: 'max_completion_tokens' } },
    refuse: refusedField('max_completion_tokens', {
      status: 422,
      body: {
        detail: [
          { type: 'extra_forbidden', loc: ['body', 'max_completion_tokens'], msg: 'Extra inputs are not permitted' },
        ],
      },
    }),
    learned: [/max_tokens/],
  },
  {
    name: 'OpenAI, reasoning: a temperature is refused',
    model: { temperature: 0.1 },
    refuse: refusedField(
      'temperature',
      openAiError(
        400,
        "Unsupported value: 'temperature' does not support 0.1 with this model. Only the default (1) value is supported.",
        { param: 'temperature', code: 'unsupported_value' },
      ),
    ),
    learned: [/temperature/],
  },
  {
    name: 'Azure: the version in the query, the key in its own header, max_completion_tokens',
    recipe: 'azure',
    base: '/openai/deployments/my-gpt/?api-version=2024-10-21',
    model: { maxOutputTokens: 4_000 },
    refuse: (body, _n, { headers }) =>
      headers['api-key'] !== 'azure-key-0123456789' || headers.authorization !== undefined
        ? { status: 401, body: { error: { code: '401', message: 'Access denied due to invalid subscription key' } } }
        : 'max_tokens' in body
          ? openAiError(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
          : undefined,
    spell: (completion) => ({
      ...completion,
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
    }),
  },
  {
    name: 'Anthropic: settings and headers of the recipe',
    recipe: 'anthropic',
    refuse: (body) =>
      (body.thinking as JsonObject | undefined)?.type === 'enabled' ? undefined : openAiError(400, 'no thinking'),
  },
  {
    name: 'a role by the setting: developer',
    model: { dialect: { systemRole: 'developer' } },
    refuse: refusedRole('system', openAiError(400, 'no')),
  },
  {
    name: 'o1-mini: the role system is refused',
    refuse: refusedRole(
      'system',
      openAiError(400, "Unsupported value: 'messages[0].role' does not support 'system' with this model.", {
        param: 'messages[0].role',
        code: 'unsupported_value',
      }),
    ),
    learned: [/system prompt/],
    check: ({ sent }) => assert.match(textOf(sent.at(-1)?.messages[0]?.content), /You are a designer\.[^]*Write the/),
  },
  {
    name: 'Gemma: the system role is not in its template, which the server says with status 500',
    refuse: refusedRole('system', openAiError(500, 'Jinja Exception: System role not supported')),
    learned: [/system prompt/],
  },
  {
    name: 'a gateway that does not know the role developer',
    model: { dialect: { systemRole: 'developer' } },
    refuse: refusedRole(
      'developer',
      openAiError(400, "developer is not one of ['system', 'assistant', 'user', 'tool']"),
    ),
    learned: [/system prompt/],
  },
  {
    name: 'llama.cpp: an unanchored pattern is refused',
    recipe: 'llama-cpp',
    refuse: refusedArtifactTool({
      status: 400,
      body: {
        error: {
          code: 400,
          message: "JSON schema conversion failed:\nPattern must start with '^' and end with '$'",
          type: 'invalid_request_error',
        },
      },
    }),
    learned: [/write_file/],
    check: usesWriteFile,
  },
  {
    name: 'a provider that does not know $defs',
    refuse: refusedArtifactTool({
      status: 400,
      body: [
        {
          error: {
            code: 400,
            message:
              'Invalid JSON payload received. Unknown name "$defs" at \'tools[0].function_declarations[6].parameters\': Cannot find field.',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    }),
    learned: [/write_file/],
    check: usesWriteFile,
  },
  {
    name: 'OpenAI: the schema of write_artifact is refused by its name',
    refuse: refusedArtifactTool(
      openAiError(400, "Invalid schema for function 'write_artifact': In context=(), 'oneOf' is not permitted.", {
        code: 'invalid_function_parameters',
      }),
    ),
    learned: [/write_file/],
    check: usesWriteFile,
  },
  {
    name: 'Gemini: the place of write_artifact alone is named',
    refuse: refusedArtifactTool(
      openAiError(
        400,
        "Invalid value at 'tools[0].function_declarations[6].parameters.properties': unsupported schema",
      ),
    ),
    learned: [/write_file/],
    check: usesWriteFile,
  },
  {
    name: 'artifactTool: false by the setting',
    model: { dialect: { artifactTool: false } },
    refuse: refusedArtifactTool(openAiError(400, 'no')),
    check: usesWriteFile,
  },
  {
    name: 'vLLM: a request of its own, merged, with what is ours protected',
    recipe: 'vllm',
    model: { temperature: 0.3 },
    refuse: (body) =>
      JSON.stringify(body.chat_template_kwargs) === '{"enable_thinking":false}' && body.top_k === 20
        ? undefined
        : openAiError(400, 'no'),
    check: ({ sent }) => {
      assert.ok(sent.every((body) => body.temperature === 0.3 && body.stream === false && body.model === 'stub-model'));
    },
  },
  {
    name: 'parallel calls and effort by the setting',
    model: { dialect: { parallelToolCalls: false, reasoningEffort: 'low' } },
    refuse: (body) =>
      body.parallel_tool_calls === false && body.reasoning_effort === 'low' ? undefined : openAiError(400, 'no'),
  },
  {
    name: 'Qwen: thinking only as a stream',
    recipe: 'qwen',
    refuse: (body) =>
      body.stream === true
        ? undefined
        : openAiError(400, 'parameter.enable_thinking must be set to false for non-streaming calls'),
    spell: (completion) => asStream(completion),
    learned: [/stream/],
  },
  {
    name: 'QwQ: a model that only streams, and refuses stream_options',
    refuse: (body) =>
      body.stream !== true
        ? openAiError(
            400,
            'This model only support stream mode, please enable the stream parameter to access the model.',
          )
        : 'stream_options' in body
          ? openAiError(400, 'Unrecognized request argument supplied: stream_options')
          : undefined,
    spell: (completion) => asStream(completion),
    learned: [/stream/, /stream_options/],
  },
  {
    name: 'LM Studio: its recipe',
    recipe: 'lm-studio',
  },
];
