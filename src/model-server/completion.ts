import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../domain/text/json.js';
import type { ChatRequest } from './chat-request.js';
import { tokensIn, type PromptCache } from './prompt-cache.js';
import type { Reply } from './reply.js';

/** The provider that completions name as their origin. */
export const FINGERPRINT = 'scripted-model-server';

/**
 * A chat completion in the API's form. Its id is fresh, because clients replace a message by another with the same id.
 *
 * @param cache - tells how much of the prompt came before
 */
export function completion(request: ChatRequest, reply: Reply, cache: PromptCache): JsonObject {
  const message: JsonObject = { role: 'assistant', content: reply.text, refusal: reply.refusal ?? null };
  if (reply.toolCalls.length > 0) {
    message.tool_calls = reply.toolCalls.map(({ name, args }) => ({
      id: `call_${randomUUID().replaceAll('-', '')}`,
      type: 'function',
      function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
    }));
  }
  return {
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    system_fingerprint: FINGERPRINT,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reply.finishReason }],
    usage: usage(request, JSON.stringify(message), cache),
  };
}

function usage(request: ChatRequest, answer: string, cache: PromptCache): JsonObject {
  const { tokens, cached } = cache.count(request);
  // reasoning is billed as output and counted in it, in steps of 64, as large providers do
  const reasoning = Math.ceil(tokensIn(answer) / 128) * 64;
  const output = tokensIn(answer) + reasoning;
  return {
    prompt_tokens: tokens,
    completion_tokens: output,
    total_tokens: tokens + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
