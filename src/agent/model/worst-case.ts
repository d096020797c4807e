import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import {
  addReservations,
  DEFAULT_OUTPUT_CEILING,
  estimateTokens,
  reserve,
  type Reservation,
} from '../../domain/money/budget.js';
import type { ModelCall } from '../../domain/record/model-call.js';
import { countedOfCall } from '../../domain/money/usage.js';
import type { AgentRequest } from '../agent-request.js';
import type { AgentStateValues } from '../agent-state.js';
import { wireOf } from '../conversation/wire.js';
import { ModelFailure } from './model-failure.js';

/**
 * The worst case of the next call. For what the provider counted in the call before, its own figures are used. Only
 * what has been added since is estimated.
 *
 * @param conversation - the whole prompt
 * @param definitions - the tools', as they are sent
 */
export function worstCase(
  conversation: readonly BaseMessage[],
  definitions: string,
  state: AgentStateValues,
  { model }: AgentRequest,
): Reservation {
  const ceiling = model.maxOutputTokens ?? DEFAULT_OUTPUT_CEILING;
  return reserve(promptTokens(conversation, definitions, state.calls.at(-1)), ceiling, model.price);
}

/** The sum that calls count for: the provider's own figures, or their worst case where it gave none. */
export function usedBy(calls: readonly ModelCall[]): Reservation {
  return addReservations(...calls.map(countedOfCall));
}

function promptTokens(conversation: readonly BaseMessage[], definitions: string, last: ModelCall | undefined): number {
  const known = conversation.findLastIndex((message) => last !== undefined && message.id === last.id);
  if (last === undefined || known < 0 || last.inputTokens === 0)
    return textTokens(conversation) + estimateTokens(definitions);
  return last.inputTokens + last.outputTokens + textTokens(conversation.slice(known + 1));
}

/** Most characters of a conversation, far more than any model takes: each call writes all of it as JSON. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

/**
 * Refuses a conversation that is too long for the thread that all runs share.
 *
 * @throws ModelFailure `model_context_too_long`, as a provider would
 */
export function refuseEndless(conversation: readonly BaseMessage[]): void {
  const characters = conversation.reduce((sum, message) => sum + message.text.length + argumentsLength(message), 0);
  if (characters <= MAX_CHARACTERS) return;
  const words = `the conversation has ${characters} characters, the limit is ${MAX_CHARACTERS}`;
  throw new ModelFailure('model_context_too_long', words, { isFree: true });
}

function argumentsLength(message: BaseMessage): number {
  const calls = AIMessage.isInstance(message) ? wireOf(message).tool_calls : [];
  return (Array.isArray(calls) ? calls : []).reduce((sum: number, call) => {
    const { arguments: text } = (call as { function?: { arguments?: unknown } } | null)?.function ?? {};
    return sum + (typeof text === 'string' ? text.length : 0);
  }, 0);
}

/** The tokens that a provider adds around a message. */
const MESSAGE_TOKENS = 8;

function textTokens(messages: readonly BaseMessage[]): number {
  return messages.reduce((sum, message) => sum + MESSAGE_TOKENS + estimateTokens(textOf(message)), 0);
}

function textOf(message: BaseMessage): string {
  const content = typeof message.content === 'string' ? message.content : JSON.stringify(message.content);
  return AIMessage.isInstance(message) ? `${content}${JSON.stringify(message.tool_calls ?? [])}` : content;
}
