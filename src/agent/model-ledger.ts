import { randomUUID } from 'node:crypto';
import type { AIMessage } from '@langchain/core/messages';
import type { ModelCall } from '../domain/model-call.js';
import { costOf, type TokenCounts } from '../domain/pricing.js';
import type { AgentRequest } from './agent-request.js';
import { finishReason } from './read-reply.js';

/** When a call was sent and how long it took. */
export interface CallTiming {
  startedAt: Date;
  latencyMs: number;
}

/**
 * An id for a reply that no other of the thread has: the provider's own, or where it sent none or one again, that and the
 * reply's ordinal. LangGraph would else put the new reply in the place of the old one.
 *
 * @param given - the provider's response id
 * @param before - the replies of the thread so far
 */
export function uniqueReplyId(given: string | undefined, threadId: string, before: readonly ModelCall[]): string {
  const ordinal = before.length + 1;
  if (!given) return `${threadId}:reply:${ordinal}`;
  return before.some((call) => call.id === given) ? `${given}:${threadId}:${ordinal}` : given;
}

/** The ledger's line for a reply (S23). */
export function ledgerLine(request: AgentRequest, attempt: number, reply: AIMessage, id: string, timing: CallTiming): ModelCall {
  const tokens = tokensOf(reply);
  const cost = costOf(request.model.price, tokens);
  return {
    ...commonFacts(request, attempt, timing),
    id,
    status: 'ok',
    errorCode: null,
    finishReason: finishReason(reply),
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    cachedTokens: tokens.cached,
    reasoningTokens: count(reply.usage_metadata?.output_token_details?.reasoning),
    costInputMicroUsd: cost?.inputMicroUsd ?? null,
    costOutputMicroUsd: cost?.outputMicroUsd ?? null,
  };
}

/** The ledger's line for a request that failed: it cost nothing that the provider told us of. */
export function failedLine(request: AgentRequest, attempt: number, errorCode: string, timing: CallTiming): ModelCall {
  const cost = costOf(request.model.price, { input: 0, output: 0, cached: 0 });
  return {
    ...commonFacts(request, attempt, timing),
    id: `${request.threadId}:${attempt}:error:${randomUUID()}`,
    status: 'error',
    errorCode,
    finishReason: null,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    costInputMicroUsd: cost?.inputMicroUsd ?? null,
    costOutputMicroUsd: cost?.outputMicroUsd ?? null,
  };
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

function tokensOf({ usage_metadata: usage }: AIMessage): TokenCounts {
  return {
    input: count(usage?.input_tokens),
    output: count(usage?.output_tokens),
    cached: count(usage?.input_token_details?.cache_read),
  };
}

/** Providers leave usage out, or send null. */
function count(tokens: unknown): number {
  return typeof tokens === 'number' && tokens > 0 && Number.isFinite(tokens) ? Math.round(tokens) : 0;
}
