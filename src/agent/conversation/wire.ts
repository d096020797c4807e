import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import type { ConversationMessage } from '../../domain/record/conversation.js';
import type { ModelCall } from '../../domain/record/model-call.js';
import type { JsonObject } from '../../domain/text/json.js';
import type { ModelAccess } from '../agent-request.js';
import { foreignReply, sentReply } from '../model/dialect/sent-reply.js';
import { readAnswerSlip, slipOfAnswer } from '../slips/answer-slip.js';
import { readToolCalls } from '../model/tool-calls.js';

/**
 * A reply as the graph reads it.
 *
 * @param message - exactly as the provider gave it
 * @param id - the model call's
 * @param tools - the names of the tools that there are
 * @param isForeign - whether it is another model's, so that nothing but text and calls goes to the model that is asked
 */
export function readReplyMessage(
  message: JsonObject,
  id: string | undefined,
  metadata: Record<string, unknown>,
  tools: readonly string[],
  isForeign = false,
): AIMessage {
  const { calls, invalid } = readToolCalls(message.tool_calls, tools);
  const unreadable = new Set(invalid.map((call) => String(call.id)));
  const sent = sentReply(message, calls, unreadable);
  return new AIMessage({
    id,
    content: textOf(message.content),
    tool_calls: calls,
    invalid_tool_calls: invalid,
    additional_kwargs: message.refusal ? { refusal: message.refusal } : {},
    response_metadata: {
      ...metadata,
      wire: message,
      sent: isForeign ? foreignReply(sent, textOf(message.content)) : sent,
    },
  });
}

/** The provider's own message of a reply. */
export function wireOf(reply: AIMessage): JsonObject {
  const { wire } = reply.response_metadata as { wire?: JsonObject };
  return wire ?? { role: 'assistant', content: reply.text };
}

/** A reply in the form in which it is sent with later requests. Only the ids of its calls are still to be set. */
export function sentOf(reply: AIMessage): JsonObject {
  const { sent } = reply.response_metadata as { sent?: JsonObject };
  return sent ?? wireOf(reply);
}

/**
 * A kept message as the graph reads it. A mark is none.
 *
 * @param call - the model call, for a reply
 * @param asked - the model that is asked now
 * @param tools - the names of the tools that there are
 */
export function fromKept(
  { id, role, message }: ConversationMessage,
  call: ModelCall | undefined,
  asked: Pick<ModelAccess, 'backend' | 'name'>,
  tools: readonly string[],
): BaseMessage {
  switch (role) {
    case 'user':
      return new HumanMessage({ id, content: textOf(message.content) });
    case 'tool':
      return new ToolMessage({
        id,
        tool_call_id: textOf(message.tool_call_id),
        content: textOf(message.content),
        response_metadata: { slip: readAnswerSlip(message.slip) },
      });
    default: {
      const isForeign = call !== undefined && !isOf(call, asked);
      const reply = readReplyMessage(message, id, { finish_reason: call?.finishReason ?? null }, tools, isForeign);
      const { inputTokens: input_tokens = 0, outputTokens: output_tokens = 0 } = call ?? {};
      reply.usage_metadata = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
      return reply;
    }
  }
}

/** Whether a call was made to this model. */
export function isOf(
  call: Pick<ModelCall, 'backend' | 'model'>,
  { backend, name }: Pick<ModelAccess, 'backend' | 'name'>,
): boolean {
  return call.backend === backend && call.model === name;
}

/** The form in which a message of the engine or of a tool is kept. */
export function toKept(message: HumanMessage | ToolMessage): Pick<ConversationMessage, 'id' | 'role' | 'message'> {
  const id = String(message.id);
  if (!ToolMessage.isInstance(message)) return { id, role: 'user', message: { role: 'user', content: message.text } };
  const slip = slipOfAnswer(message);
  const { tool_call_id, text: content } = message;
  return { id, role: 'tool', message: { role: 'tool', tool_call_id, content, ...(slip !== null && { slip }) } };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
