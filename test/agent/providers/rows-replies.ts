import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/domain/text/json.js';
import {
  repliesIn,
  textOf,
  openAiError,
  withCalls,
  withFunction,
  withMessage,
  type Completion,
} from './provider-server.js';
import type { Row } from './row.js';
import { asStream, event } from './streamed.js';

const nameOf = ({ function: called }: JsonObject): string => textOf((called as JsonObject).name);
const argumentsOf = ({ function: called }: JsonObject): string => textOf((called as JsonObject).arguments);

const renamed =
  (change: (name: string) => string) =>
  (completion: Completion): Completion =>
    withCalls(completion, (call) => withFunction(call, { name: change(nameOf(call)) }));

const reargued =
  (change: (text: string) => unknown) =>
  (completion: Completion): Completion =>
    withCalls(completion, (call) => withFunction(call, { arguments: change(argumentsOf(call)) }));

const named = (how: string, change: (name: string) => string): Row => ({
  name: `a known tool's name with junk: ${how}`,
  spell: renamed(change),
});

/** Replies that the same provider would refuse in the history, or that come in another spelling. */
export const REPLIES: Row[] = [
  named('gpt-oss on vLLM, a control token', (name) => `${name}<|channel|>commentary`),
  named('gpt-oss, a constraint', (name) => `${name} <|constrain|>json`),
  named('gpt-oss, a recipient', (name) => `<|channel|>commentary to=functions.${name}`),
  named('a namespace', (name) => `functions.${name}`),
  named('a namespace and a number', (name) => `functions.${name}:0`),
  named("Gemini's namespace", (name) => `default_api:${name}`),
  named('blanks and a line end', (name) => ` ${name}\n`),
  named('the arguments again', (name) => `${name}{"path"`),
  named('capitals', (name) => name.toUpperCase()),
  named('very long', (name) => `${name}<|${'x'.repeat(70_000)}|>`),
  { name: 'arguments encoded twice', spell: reargued((text) => JSON.stringify(text)) },
  { name: 'arguments encoded three times', spell: reargued((text) => JSON.stringify(JSON.stringify(text))) },
  { name: 'Ollama of old: arguments as an object', recipe: 'ollama', spell: reargued((text) => JSON.parse(text)) },
  { name: 'arguments in a Markdown fence', spell: reargued((text) => `\`\`\`json\n${text}\n\`\`\``) },
  { name: 'arguments with a control token behind them', spell: reargued((text) => `${text}<|call|>`) },
  {
    name: 'Ollama, Gemini: calls without ids',
    spell: (completion) => withCalls(completion, (_, n) => (n === 0 ? { id: '' } : { id: null })),
  },
  {
    name: 'ids that are there again in each reply',
    spell: (completion) => withCalls(completion, (_, n) => ({ id: `call_${n}` })),
  },
  {
    name: 'two calls of one reply with the same id',
    spell: (completion) => withCalls(completion, () => ({ id: 'x' })),
  },
  {
    name: 'Mistral: refuses ids that are not nine letters and digits, and gives none itself',
    recipe: 'mistral',
    refuse: (body) => {
      const bad = repliesIn(body)
        .flatMap(({ tool_calls }) => tool_calls as JsonObject[])
        .find(({ id }) => !/^[a-zA-Z0-9]{9}$/.test(textOf(id)));
      return (
        bad && {
          status: 400,
          body: {
            object: 'error',
            message: `Tool call id was ${textOf(bad.id)} but must be a-z, A-Z, 0-9, with a length of 9.`,
            type: 'invalid_request_message_order',
            code: 3230,
          },
        }
      );
    },
    spell: (completion) => withCalls(completion, () => ({ id: null })),
  },
  {
    name: 'a call without a type',
    spell: (completion) => withCalls(completion, ({ type: _none, ...call }) => ({ ...call, type: null })),
  },
  {
    name: 'a finish reason that says stop, and no role',
    spell: (completion) => {
      const [choice] = withMessage(completion, () => ({ role: 'model' })).choices;
      return { ...completion, choices: [{ ...choice, finish_reason: 'stop' }] };
    },
  },
  {
    name: 'no usage, no id, no model',
    recipe: 'llama-cpp',
    spell: ({ choices }) => ({ choices }),
  },
  {
    name: 'blanks before the reply, to keep the connection',
    spell: (completion) => `\n  \n${JSON.stringify(completion)}`,
  },
  { name: 'a byte order mark before the reply', spell: (completion) => `\uFEFF${JSON.stringify(completion)}` },
  {
    name: 'a stream although none was asked for',
    headers: { 'content-type': 'text/event-stream' },
    spell: (completion, body) => {
      assert.notEqual(body.stream, true);
      return asStream(completion);
    },
  },
  {
    name: 'a stream that is called JSON, with comments, ids and line ends of Windows',
    spell: (completion) => `: PROCESSING\r\n\r\nid: 1\r\n${asStream(completion).replaceAll('\n', '\r\n')}`,
  },
  {
    name: 'a stream whose last event has the whole message',
    spell: (completion) => `${event({ choices: [{ index: 0, delta: {} }] })}${event(completion)}`,
  },
  {
    name: 'a stream whose calls have no index, or all the same, but ids',
    spell: (completion) => asStream(completion, { index: () => 0 }),
  },
  {
    name: 'a stream that says the name and the id again in each part',
    spell: (completion) => asStream(completion, { repeats: true }),
  },
  {
    name: 'a stream in which reasoning and a signature must come back',
    refuse: (body) =>
      repliesIn(body).every(
        (message) =>
          message.reasoning_content === 'one two' &&
          JSON.stringify((message.tool_calls as JsonObject[])[0]?.extra_content) ===
            '{"google":{"thought_signature":"ab"}}',
      )
        ? undefined
        : openAiError(400, 'reasoning_content must be passed back'),
    spell: (completion) =>
      asStream(
        withMessage(
          withCalls(completion, (_, n) => (n === 0 ? { extra_content: { google: { thought_signature: 'ab' } } } : {})),
          () => ({ reasoning_content: 'one two' }),
        ),
      ),
  },
  {
    name: 'a provider that only streams, by `stream: true` of the backend',
    recipe: 'only-streams',
    refuse: (body) => (body.stream === true ? undefined : openAiError(400, 'stream must be set to true')),
    spell: (completion) => asStream(completion),
    check: ({ sent }) => assert.equal(sent.length, 3),
  },
];
