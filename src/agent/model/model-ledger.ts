import { randomUUID } from 'node:crypto';
import type { AIMessage } from '@langchain/core/messages';
import type { Reservation } from '../../domain/money/budget.js';
import type { ModelCall } from '../../domain/record/model-call.js';
import { NO_MONEY } from '../../domain/money/amount.js';
import { costOf, type TokenCounts } from '../../domain/money/pricing.js';
import type { AgentRequest } from '../agent-request.js';
import { wireOf } from '../conversation/wire.js';
import { finishReason, isCutOff } from '../read-reply.js';
import { recordId } from './record-id.js';

/** When a call was sent and how long it took. */
export interface CallTiming {
  startedAt: Date;
  latencyMs: number;
}

/**
 * An id for a reply that no other reply of the thread has. It is the provider's own; where the provider sent none, or
 * sent one twice, it is one of ours. Ours is random, because two attempts at once may each be paid for such a reply.
 *
 * @param given - the provider's response id
 * @param before - the replies of the thread so far
 */
export function uniqueReplyId(given: string | undefined, threadId: string, before: readonly ModelCall[]): string {
  const id = given ? recordId(given) : null;
  if (id !== null && !before.some((call) => call.id === id)) return id;
  return recordId([id ?? 'reply', threadId, before.length + 1, randomUUID().slice(0, 8)].join(':'));
}

/**
 * The ledger's line for a reply (S23). A reply that told no usage has an unknown cost.
 *
 * @param worst - the worst case of the call; it counts in place of a usage that is not told
 */
export function ledgerLine(
  request: AgentRequest,
  attempt: number,
  reply: AIMessage,
  id: string,
  timing: CallTiming,
  worst: Reservation,
): ModelCall {
  const tokens = tokensOf(reply);
  const cost = tokens && costOf(request.model.price, tokens);
  return {
    ...commonFacts(request, attempt, timing),
    id,
    status: 'ok',
    errorCode: null,
    finishReason: finishReason(reply),
    inputTokens: tokens?.input ?? 0,
    outputTokens: tokens?.output ?? 0,
    cachedTokens: tokens?.cached ?? 0,
    reasoningTokens: tokens === null ? 0 : (count(reply.usage_metadata?.output_token_details?.reasoning) ?? 0),
    costInputMicroUsd: cost?.inputMicroUsd ?? null,
    costOutputMicroUsd: cost?.outputMicroUsd ?? null,
    reservedMicroUsd: tokens === null ? worst.microUsd : null,
    reservedTokens: tokens === null ? worst.tokens : null,
  };
}

/** The ledger's line for a call that has just begun, for the case that nobody learns how it ended. */
export function begunLine(request: AgentRequest, attempt: number, startedAt: Date, worst: Reservation): ModelCall {
  return {
    ...commonFacts(request, attempt, { startedAt, latencyMs: 0 }),
    id: `${request.threadId}:${attempt}:error:${randomUUID()}`,
    status: 'error',
    errorCode: 'reply_lost',
    finishReason: null,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    costInputMicroUsd: null,
    costOutputMicroUsd: null,
    reservedMicroUsd: worst.microUsd,
    reservedTokens: worst.tokens,
  };
}

/**
 * The ledger's line for a call that failed.
 *
 * @param begun - its line from when it began
 * @param isFree - whether nothing is to be paid for it; if not, its worst case counts
 */
export function failedLine(begun: ModelCall, errorCode: string, latencyMs: number, isFree: boolean): ModelCall {
  const line = { ...begun, errorCode, latencyMs: Math.round(latencyMs) };
  return isFree
    ? {
        ...line,
        costInputMicroUsd: NO_MONEY,
        costOutputMicroUsd: NO_MONEY,
        reservedMicroUsd: null,
        reservedTokens: null,
      }
    : line;
}

function commonFacts({ phaseKey, threadId, persona, model }: AgentRequest, attempt: number, timing: CallTiming) {
  return {
    phaseKey,
    attempt,
    threadId,
    persona: persona.name,
    personaVersion: persona.version,
    backend: model.backend,
    model: model.name,
    latencyMs: Math.round(timing.latencyMs),
    ts: timing.startedAt.toISOString(),
  };
}

/**
 * The usage that a reply tells; null when it tells none. Some providers leave it out, or send null, or zeros. Zeros
 * can't be true: no prompt has zero tokens, and no text has.
 */
function tokensOf(reply: AIMessage): TokenCounts | null {
  const { usage_metadata: usage } = reply;
  const input = count(usage?.input_tokens);
  const output = count(usage?.output_tokens);
  if (input === null || (output === null && saysSomething(reply))) return null;
  return { input, output: output ?? 0, cached: count(usage?.input_token_details?.cache_read) ?? 0 };
}

function saysSomething(reply: AIMessage): boolean {
  const { text, tool_calls: calls = [], invalid_tool_calls: invalid = [], additional_kwargs } = reply;
  const { reasoning, reasoning_content: thought } = wireOf(reply);
  const isCut = isCutOff(reply);
  return (
    text !== '' ||
    calls.length + invalid.length > 0 ||
    isCut ||
    Boolean(additional_kwargs.refusal ?? reasoning ?? thought)
  );
}

/** A number of tokens; null when the value is not such a number. */
function count(tokens: unknown): number | null {
  if (typeof tokens !== 'number' || !(tokens > 0)) return null;
  const whole = Math.ceil(tokens);
  return Number.isSafeInteger(whole) ? whole : null;
}
