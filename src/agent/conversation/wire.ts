import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import type { ConversationMessage } from '../../domain/record/conversation.js';
import { isJsonObject, type JsonObject } from '../../domain/text/json.js';
import { maskInJson } from '../../domain/text/secrets.js';
import { readToolCalls } from '../model/tool-calls.js';

/**
 * A provider's message as it may be kept: as it came, but without our own key, which arguments can spell in many ways.
 *
 * @param message - `choices[0].message`
 * @param secret - our key for the provider
 */
export function keptReply(message: JsonObject, secret: string): JsonObject {
  if (!Array.isArray(message.tool_calls)) return message;
  return { ...message, tool_calls: message.tool_calls.map((call) => keptCall(call, secret)) };
}

function keptCall(call: JsonObject[string], secret: string): JsonObject[string] {
  if (!isJsonObject(call) || !isJsonObject(call.function) || typeof call.function.arguments !== 'string') return call;
  const text = call.function.arguments;
  // without an escape there is one way to spell it, and that is masked already
  if (!text.includes('\\')) return call;
  const value = parsed(text);
  const masked = JSON.stringify(maskInJson(value, secret));
  return masked === JSON.stringify(value) ? call : { ...call, function: { ...call.function, arguments: masked } };
}

/** Broken arguments are a text like any other: the whole reply was masked as one. */
function parsed(text: string): JsonObject[string] {
  try {
    return JSON.parse(text) as JsonObject[string];
  } catch {
    return text;
  }
}

/**
 * A reply as the graph reads it.
 *
 * @param message - as the provider gave it
 * @param id - of the model call
 */
export function readReplyMessage(
  message: JsonObject,
  id: string | undefined,
  metadata: Record<string, unknown>,
): AIMessage {
  const { calls, invalid } = readToolCalls(message.tool_calls);
  return new AIMessage({
    id,
    content: textOf(message.content),
    tool_calls: calls,
    invalid_tool_calls: invalid,
    additional_kwargs: message.refusal ? { refusal: message.refusal } : {},
    response_metadata: { ...metadata, wire: message },
  });
}

/** The provider's own message of a reply. */
export function wireOf(reply: AIMessage): JsonObject {
  const { wire } = reply.response_metadata as { wire?: JsonObject };
  return wire ?? { role: 'assistant', content: reply.text };
}

/**
 * A kept message as the graph reads it.
 *
 * @param finishReason - of the model call, for a reply
 */
export function fromKept({ id, role, message }: ConversationMessage, finishReason: string | null): BaseMessage {
  switch (role) {
    case 'user':
      return new HumanMessage({ id, content: textOf(message.content) });
    case 'tool':
      return new ToolMessage({ id, tool_call_id: textOf(message.tool_call_id), content: textOf(message.content) });
    case 'assistant':
      return readReplyMessage(message, id, { finish_reason: finishReason });
  }
}

/** What is kept of a message that the engine or a tool said. */
export function toKept(message: HumanMessage | ToolMessage): Pick<ConversationMessage, 'id' | 'role' | 'message'> {
  const id = String(message.id);
  if (!ToolMessage.isInstance(message)) return { id, role: 'user', message: { role: 'user', content: message.text } };
  return { id, role: 'tool', message: { role: 'tool', tool_call_id: message.tool_call_id, content: message.text } };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
