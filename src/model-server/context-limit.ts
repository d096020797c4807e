import { BadRequest, type ChatRequest } from './chat-request.js';
import { partsOf, tokensIn } from './prompt-cache.js';

/**
 * Refuses a request that is longer than a context, in OpenAI's words.
 *
 * @param limit - tokens for prompt and reply together
 * @throws BadRequest
 */
export function refuseTooLong({ body }: ChatRequest, limit: number): void {
  if (limit === Infinity) return;
  const prompt = partsOf(body).reduce<number>((sum, part) => sum + tokensIn(JSON.stringify(part)), 0);
  const reply = Number(body.max_tokens ?? body.max_completion_tokens ?? 0);
  if (prompt + reply <= limit) return;
  const message = `This model's maximum context length is ${limit} tokens. However, you requested ${prompt + reply} tokens (${prompt} in the messages, ${reply} in the completion) (scripted).`;
  throw new BadRequest(message, 'messages', 'context_length_exceeded');
}
