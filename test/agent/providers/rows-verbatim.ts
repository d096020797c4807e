import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/domain/text/json.js';
import {
  openAiError,
  repliesIn,
  textOf,
  withCalls,
  withFunction,
  withMessage,
  type Refusal,
} from './provider-server.js';
import type { Row } from './row.js';
import type { Sent } from './strict-history.js';

/** Refuses a request in which one of the assistant messages does not satisfy a rule. */
const unlessAll =
  (is: (message: JsonObject) => boolean, words: string, status = 400) =>
  (body: Sent): Refusal | undefined =>
    repliesIn(body).every(is) ? undefined : openAiError(status, words);

const callsOf = (message: JsonObject): JsonObject[] => (message.tool_calls ?? []) as JsonObject[];

const unsupported =
  (field: string, words: (at: number) => string) =>
  (body: Sent): Refusal | undefined => {
    const at = body.messages.findIndex((message) => field in message);
    return at < 0 ? undefined : openAiError(400, words(at));
  };

/** What a provider wants back as it was, and what it does not want back. */
export const VERBATIM: Row[] = [
  {
    name: 'DeepSeek, thinking: reasoning_content must come back',
    recipe: 'deepseek',
    refuse: unlessAll(
      ({ reasoning_content }) => reasoning_content === 'Let me think.\n "é" \u2028 1e400',
      'The `reasoning_content` in the thinking mode must be passed back to the API.',
    ),
    spell: (completion) =>
      withMessage(completion, () => ({ content: '', reasoning_content: 'Let me think.\n "é" \u2028 1e400' })),
  },
  {
    name: 'Kimi, thinking: reasoning_content must come back, ids with a dot and a colon',
    refuse: unlessAll(
      (message) => 'reasoning_content' in message,
      'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
    ),
    spell: (completion) =>
      withMessage(
        withCalls(completion, ({ function: called }, n) => ({
          id: `functions.${textOf((called as JsonObject).name)}:${n}${completion.id}`,
          index: n,
        })),
        () => ({ reasoning_content: 'hm' }),
      ),
  },
  {
    name: 'OpenRouter: reasoning and reasoning_details must come back unchanged, in their order',
    recipe: 'openrouter',
    refuse: unlessAll(
      ({ reasoning_details }) => JSON.stringify(reasoning_details) === JSON.stringify(REASONING_DETAILS),
      'reasoning_details: thinking blocks cannot be modified',
    ),
    spell: (completion) =>
      withMessage(completion, () => ({ refusal: null, reasoning: 'hm', reasoning_details: REASONING_DETAILS })),
  },
  {
    name: "Gemini: a thought signature in a call's extra_content must come back",
    recipe: 'gemini',
    base: '/v1beta/openai',
    refuse: (body) =>
      repliesIn(body).every((message) => signatureOf(callsOf(message)[0]) === 'c2lnbmF0dXJl/+==')
        ? undefined
        : {
            status: 400,
            body: [
              {
                error: {
                  code: 400,
                  message: 'Function call `default_api:ls` in the 2. content block is missing a `thought_signature`.',
                  status: 'INVALID_ARGUMENT',
                },
              },
            ],
          },
    spell: (completion) =>
      withMessage(
        withCalls(completion, (_, n) =>
          n === 0 ? { extra_content: { google: { thought_signature: 'c2lnbmF0dXJl/+==' } } } : {},
        ),
        ({ content: _none, ...message }) => message,
      ),
  },
  {
    name: "a signature inside a call's function must come back",
    refuse: unlessAll(
      (message) => callsOf(message).every((call) => (call.function as JsonObject).thought_signature === 's'),
      'missing a thought_signature in functionCall parts',
    ),
    spell: (completion) => withCalls(completion, (call) => withFunction(call, { thought_signature: 's' })),
  },
  {
    name: 'Magistral: content that is a list with a thinking part must come back as a list',
    refuse: unlessAll(
      ({ content }) => Array.isArray(content) && (content[0] as JsonObject).type === 'thinking',
      'assistant message must have a thinking chunk',
    ),
    spell: (completion) =>
      withMessage(completion, () => ({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'text', text: 'I read.' },
        ],
        prefix: false,
      })),
  },
  {
    name: 'arguments must come back byte by byte: a cache or a signature is over them',
    refuse: unlessAll(
      (message) =>
        callsOf(message).every(({ function: called }) => /^\{ +"/.test(textOf((called as JsonObject).arguments))),
      'the arguments differ from those that were generated',
    ),
    spell: (completion) =>
      withCalls(completion, (call) =>
        withFunction(call, {
          arguments: textOf((call.function as JsonObject).arguments).replace('{', '{  '),
        }),
      ),
  },
  {
    name: 'Groq: refuses the reasoning that it sends itself',
    refuse: unsupported(
      'reasoning',
      (at) =>
        `'messages.${at}' : for 'role:assistant' the following must be satisfied[('messages.${at}' : property 'reasoning' is unsupported)]`,
    ),
    spell: (completion) => withMessage(completion, () => ({ reasoning: 'hm' })),
    learned: [/reasoning/],
  },
  {
    name: 'DeepSeek reasoner of old: refuses reasoning_content in its input',
    refuse: unsupported(
      'reasoning_content',
      (at) => `messages[${at}]: reasoning_content is not supported in the input of deepseek-reasoner`,
    ),
    spell: (completion) => withMessage(completion, () => ({ reasoning_content: 'hm' })),
    learned: [/reasoning_content/],
  },
  {
    name: 'FastAPI: extra inputs are not permitted, in a list of details',
    refuse: (body) => {
      const at = body.messages.findIndex((message) => 'provider_specific_fields' in message);
      return at < 0
        ? undefined
        : {
            status: 422,
            body: {
              detail: [
                {
                  type: 'extra_forbidden',
                  loc: ['body', 'messages', at, 'assistant', 'provider_specific_fields'],
                  msg: 'Extra inputs are not permitted',
                },
              ],
            },
          };
    },
    spell: (completion) => withMessage(completion, () => ({ provider_specific_fields: { a: 1 } })),
    learned: [/provider_specific_fields/],
  },
  {
    name: 'Ollama of old: a content that is null is refused',
    refuse: (body) =>
      repliesIn(body).every(({ content }) => typeof content === 'string')
        ? undefined
        : {
            status: 400,
            body: { error: { message: 'invalid message content type: <nil>', type: 'invalid_request_error' } },
          },
    learned: [/a text in every message/],
  },
  {
    name: "Gemini: the answer of a tool needs the tool's name",
    refuse: (body) =>
      body.messages.every(({ role, name }) => role !== 'tool' || typeof name === 'string')
        ? undefined
        : {
            status: 400,
            body: [
              {
                error: {
                  code: 400,
                  message: 'GenerateContentRequest.contents[2].parts[0].function_response.name: Name cannot be empty.',
                  status: 'INVALID_ARGUMENT',
                },
              },
            ],
          },
    learned: [/tool's name/],
    check: ({ sent }) =>
      assert.deepEqual(
        sent.at(-1)?.messages.flatMap(({ role, name }) => (role === 'tool' ? [name] : [])),
        ['read_file', 'ls', 'grep'],
      ),
  },
  {
    name: 'OpenAI: nulls and empty lists of a reply are refused in a request',
    recipe: 'openai',
    refuse: (body) => {
      const bad = repliesIn(body).find(
        (message) =>
          ['function_call', 'audio', 'tool_calls', 'refusal'].some((field) => message[field] === null) ||
          (message.tool_calls as unknown[] | undefined)?.length === 0,
      );
      return bad && openAiError(400, "None is not of type 'object' - 'messages.1.function_call'");
    },
    spell: (completion) =>
      withMessage(completion, () => ({ function_call: null, audio: null, refusal: null, annotations: [] })),
  },
];

const REASONING_DETAILS = [
  { type: 'reasoning.text', text: 'hm', signature: 'Ep4+/=', format: 'anthropic-claude-v1', index: 0, id: null },
  { type: 'reasoning.encrypted', data: 'AAAA', format: 'openai-responses-v1', index: 1 },
];

function signatureOf(call: JsonObject | undefined): unknown {
  const { google } = (call?.extra_content ?? {}) as { google?: JsonObject };
  return google?.thought_signature;
}
