import { AIMessage, HumanMessage, type BaseMessage } from '@langchain/core/messages';
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
import { isOf, sentOf } from '../conversation/wire.js';
import { ModelFailure } from './model-failure.js';

/**
 * The worst case of the next call. For what the provider counted in the call before, its own figures are used. Only
 * what has been added since is estimated.
 *
 * @param definitions - the tools', as they are sent
 */
export function worstCase(
  { model, systemPrompt }: AgentRequest,
  definitions: string,
  state: AgentStateValues,
): Reservation {
  const ceiling = model.maxOutputTokens ?? DEFAULT_OUTPUT_CEILING;
  const prompt = [new HumanMessage(systemPrompt), ...state.messages];
  const last = state.calls.at(-1);
  // another model counts other tokens
  const own = last && isOf(last, model) ? last : undefined;
  return reserve(promptTokens(prompt, definitions, own), ceiling, model.price);
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
  let characters = 0;
  for (const message of conversation) {
    characters += textOf(message).length;
    if (characters <= MAX_CHARACTERS) continue;
    const words = `the conversation has at least ${characters} characters, the limit is ${MAX_CHARACTERS}`;
    throw new ModelFailure('model_context_too_long', words, { isFree: true });
  }
}

/** The tokens that a provider adds around a message. */
const MESSAGE_TOKENS = 8;

function textTokens(messages: readonly BaseMessage[]): number {
  return messages.reduce((sum, message) => sum + MESSAGE_TOKENS + estimateTokens(textOf(message)), 0);
}

/** All that is sent of a message. Thoughts and signatures go back with a reply, so they count. */
function textOf(message: BaseMessage): string {
  if (AIMessage.isInstance(message)) return writtenReply(message);
  return typeof message.content === 'string' ? message.content : JSON.stringify(message.content);
}

/** Each call asks for it again. */
const written = new WeakMap<AIMessage, string>();

function writtenReply(reply: AIMessage): string {
  const known = written.get(reply) ?? JSON.stringify(sentOf(reply));
  written.set(reply, known);
  return known;
}
