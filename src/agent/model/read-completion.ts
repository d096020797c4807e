import type { AIMessage } from '@langchain/core/messages';
import type { JsonObject } from '../../domain/text/json.js';
import { readReplyMessage } from '../conversation/wire.js';
import { usageOf } from './told-usage.js';

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
