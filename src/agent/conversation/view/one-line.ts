import { AIMessage, ToolMessage } from '@langchain/core/messages';
import type { ToolCall } from '@langchain/core/messages/tool';
import { cut } from '../../../domain/failures.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/text/json.js';
import { sentOf } from '../wire.js';

/** A result that is no longer than this stays. */
const SHORT_RESULT = 240;
/** The arguments of a call stay if they are no longer than this. */
const SHORT_ARGUMENTS = 400;
/** Of longer arguments, the values stay that are no longer than this. */
const SHORT_VALUE = 120;
const MOST_VALUES = 20;

/** Each message is asked for again with each request. */
const results = new WeakMap<ToolMessage, ToolMessage>();
const replies = new WeakMap<AIMessage, AIMessage>();

/**
 * The result of a tool as one line, which says what was called and how long the result was. A short one stays.
 *
 * @param call - that it answers
 */
export function resultInOneLine(answer: ToolMessage, call: ToolCall | undefined): ToolMessage {
  const known = results.get(answer) ?? shortResult(answer, call);
  results.set(answer, known);
  return known;
}

function shortResult(answer: ToolMessage, call: ToolCall | undefined): ToolMessage {
  const { id, tool_call_id, status, text } = answer;
  if (text.length <= SHORT_RESULT) return answer;
  const what = call === undefined ? 'a call' : cut(`${call.name} ${JSON.stringify(shortArguments(call.args))}`, 160);
  const content = `[left out by phasegate: the result of ${what}, ${Buffer.byteLength(text)} bytes; call it again only if you need it]`;
  return new ToolMessage({ id, tool_call_id, status, content });
}

/** A reply with its long arguments cut: what it wrote is in the file. All that the provider wants back stays. */
export function replyWithShortArguments(reply: AIMessage): AIMessage {
  const known = replies.get(reply) ?? shortReply(reply);
  replies.set(reply, known);
  return known;
}

function shortReply(reply: AIMessage): AIMessage {
  const sent = sentOf(reply);
  const calls = Array.isArray(sent.tool_calls) ? sent.tool_calls : [];
  const short = calls.map((call, n) => shortCall(call, reply.tool_calls?.[n]));
  if (short.every((call, n) => call === calls[n])) return reply;
  const { id, text, tool_calls, invalid_tool_calls, additional_kwargs, response_metadata } = reply;
  return new AIMessage({
    id,
    content: text,
    tool_calls,
    invalid_tool_calls,
    additional_kwargs,
    response_metadata: { ...response_metadata, sent: { ...sent, tool_calls: short } },
  });
}

function shortCall(sent: JsonValue, call: ToolCall | undefined): JsonValue {
  if (call === undefined || !isJsonObject(sent) || !isJsonObject(sent.function)) return sent;
  const { arguments: given } = sent.function;
  if (typeof given !== 'string' || given.length <= SHORT_ARGUMENTS) return sent;
  return { ...sent, function: { ...sent.function, arguments: JSON.stringify(shortArguments(call.args)) } };
}

/** Arguments of which long values are replaced by how long they are. It looks at no more than a few of them. */
function shortArguments(args: Record<string, unknown>): JsonObject {
  const names = Object.keys(args).slice(0, MOST_VALUES);
  return Object.fromEntries(names.map((name) => [cut(name, SHORT_VALUE), shortValue(args[name])]));
}

function shortValue(value: unknown): JsonValue {
  if (typeof value === 'string') {
    return value.length <= SHORT_VALUE ? value : `[left out by phasegate: ${value.length} characters]`;
  }
  if (Array.isArray(value)) {
    const isShort =
      value.length <= MOST_VALUES && value.every((item) => typeof item === 'string' && item.length <= SHORT_VALUE);
    return isShort ? (value as string[]) : `[left out by phasegate: ${value.length} items]`;
  }
  if (isJsonObject(value)) return `[left out by phasegate: ${Object.keys(value).length} fields]`;
  return (value ?? null) as JsonValue;
}

/**
 * Whether a value of a call's arguments is our own mark of something that was left out. A model that sees its old calls
 * in that form may repeat it.
 */
export function hasLeftOutMark(args: unknown): boolean {
  if (typeof args === 'string') return /^\s*\[left out by phasegate: [^\]\n]{1,300}\]\s*$/.test(args);
  if (Array.isArray(args)) return args.some(hasLeftOutMark);
  return isJsonObject(args) && Object.values(args).some(hasLeftOutMark);
}
