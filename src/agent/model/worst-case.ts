import { HumanMessage, type BaseMessage } from '@langchain/core/messages';
import {
  addReservations,
  DEFAULT_OUTPUT_CEILING,
  estimateTokens,
  reserve,
  tokensOfBytes,
  type Reservation,
} from '../../domain/money/budget.js';
import type { ModelCall } from '../../domain/record/model-call.js';
import { countedOfCall } from '../../domain/money/usage.js';
import type { ModelAccess } from '../agent-request.js';
import { isOf } from '../conversation/wire.js';
import type { Asked } from './dialect/request-body.js';
import { ModelFailure } from './model-failure.js';
import { sentBytes } from './sent-size.js';

/**
 * The worst case of a call. For what the provider counted in the call before, its own figures are used. Only what has
 * been added since is estimated.
 *
 * @param asked - what is sent
 * @param last - the call before, when its request began as this one does
 */
export function worstCase(model: ModelAccess, asked: Asked, last: ModelCall | undefined): Reservation {
  const ceiling = model.maxOutputTokens ?? DEFAULT_OUTPUT_CEILING;
  const prompt = [new HumanMessage(asked.systemPrompt), ...asked.conversation];
  // another model counts other tokens
  const own = last && isOf(last, model) ? last : undefined;
  return reserve(promptTokens(prompt, JSON.stringify(asked.tools), own), ceiling, model.price);
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

/** Most bytes of a conversation, far more than any model takes: each call writes all of it as JSON. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Refuses a conversation that is too long for the thread that all runs share.
 *
 * @throws ModelFailure `model_context_too_long`, as a provider would
 */
export function refuseEndless(said: readonly BaseMessage[]): void {
  const bytes = said.reduce((sum, message) => sum + sentBytes(message), 0);
  if (bytes <= MAX_BYTES) return;
  const words = `the conversation has ${bytes} bytes, the limit is ${MAX_BYTES}`;
  throw new ModelFailure('model_context_too_long', words, { isFree: true });
}

/** The tokens that a provider adds around a message. */
const MESSAGE_TOKENS = 8;

function textTokens(messages: readonly BaseMessage[]): number {
  return messages.reduce((sum, message) => sum + MESSAGE_TOKENS + tokensOfBytes(sentBytes(message)), 0);
}
