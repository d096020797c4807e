import type { AIMessage } from '@langchain/core/messages';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';
import { readReplyMessage } from '../conversation/wire.js';

/**
 * The reply of a chat completion.
 *
 * @param completion - as `readReply` has kept it
 * @param tools - the names of the tools that there are
 */
export function readCompletion(completion: JsonObject, tools: readonly string[]): AIMessage {
  const { id, model, usage } = completion;
  const [choice] = completion.choices as [JsonObject];
  const finish = choice.finish_reason;
  const metadata = { model_name: model, ...(typeof finish === 'string' && { finish_reason: finish }) };
  const reply = readReplyMessage(
    choice.message as JsonObject,
    typeof id === 'string' ? id : undefined,
    metadata,
    tools,
  );
  reply.usage_metadata = usageOf(usage);
  return reply;
}

/** The usage, in the words of OpenAI or of Anthropic. It may be anything; the ledger checks the figures. */
function usageOf(usage: JsonValue | undefined): AIMessage['usage_metadata'] {
  const given = isJsonObject(usage) ? usage : {};
  const input = number(given.prompt_tokens) ?? number(given.input_tokens);
  const output = number(given.completion_tokens) ?? number(given.output_tokens);
  const details = isJsonObject(given.prompt_tokens_details) ? given.prompt_tokens_details : {};
  const outputDetails = isJsonObject(given.completion_tokens_details) ? given.completion_tokens_details : {};
  return {
    input_tokens: input ?? NaN,
    output_tokens: output ?? NaN,
    total_tokens: (input ?? 0) + (output ?? 0),
    input_token_details: { cache_read: number(details.cached_tokens) ?? number(given.prompt_cache_hit_tokens) },
    output_token_details: { reasoning: number(outputDetails.reasoning_tokens) },
  };
}

function number(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
