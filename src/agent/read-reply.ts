import type { AIMessage } from '@langchain/core/messages';
import { cut } from '../domain/failures.js';
import { UNCLOSED } from './model/tool-calls.js';
import type { ReplySlip } from './slips/turn.js';

/** What a reply means for the loop. */
export interface Reading {
  /** Whether it may enter the conversation. A broken reply would be sent back with every later request. */
  keep: boolean;
  /** Why no tools are run; null when there are tools to run. The model is answered after a slip. */
  ending: ReplySlip | 'refused' | 'content_filtered' | null;
  /** What the model said. */
  text: string;
}

/** OpenAI, Anthropic, Gemini, Mistral. */
const CUT = /^(length|max_tokens|max_output_tokens|model_length|model_context_window_exceeded)$/;
/** OpenAI, Gemini (whose words come with a prefix, too), Zhipu. */
const FILTERED = /^(content_filter(:.*)?|safety|prohibited_content|blocklist|recitation|spii|sensitive)$/;

/**
 * Reads a reply: the provider's finish reason first, then a refusal, then whether it calls tools. The tool calls of a
 * cut reply are never run, not even the readable ones: some servers close the JSON that they cut.
 *
 * @param maxOutputTokens - the limit that the request had
 */
export function readReply(reply: AIMessage, maxOutputTokens?: number): Reading {
  const refusal = reply.additional_kwargs.refusal;
  const text = typeof refusal === 'string' && refusal !== '' ? refusal : reply.text;
  const hasCalls = (reply.tool_calls ?? []).length > 0;
  const end = (ending: Reading['ending']): Reading => ({ keep: !hasCalls && reply.text.trim() !== '', ending, text });
  if (isCutOff(reply)) return end('cut');
  if (FILTERED.test(finishReason(reply)?.toLowerCase() ?? '')) return end('content_filtered');
  if (looksCut(reply, maxOutputTokens)) return end('cut');
  if (hasCalls) return { keep: true, ending: null, text };
  if (refusal !== undefined) return end('refused');
  return end(reply.text.trim() === '' ? 'empty' : 'words');
}

/** Whether the model can be answered after such an ending. */
export function isSlip(ending: NonNullable<Reading['ending']>): ending is ReplySlip {
  return ending !== 'refused' && ending !== 'content_filtered';
}

/** A reply that has less than this share of the tokens that it may have was not cut. */
const FAR_BELOW = 0.25;

/**
 * Whether a reply was cut, although the finish reason does not say so: it has exactly as many tokens as it may have, or
 * its last call ends in the middle, and it is not far below its limit.
 */
function looksCut(reply: AIMessage, maxOutputTokens: number | undefined): boolean {
  const id = reply.tool_calls?.at(-1)?.id;
  const isOpen = reply.invalid_tool_calls?.some((call) => call.id === id && call.error === UNCLOSED) ?? false;
  const { output_tokens: tokens = 0 } = reply.usage_metadata ?? {};
  if (maxOutputTokens === undefined || !(tokens > 0)) return isOpen;
  return (isOpen && tokens >= FAR_BELOW * maxOutputTokens) || tokens === maxOutputTokens;
}

/** Whether the provider says that the reply was cut at its output limit. */
export function isCutOff(reply: AIMessage): boolean {
  return CUT.test(finishReason(reply)?.toLowerCase() ?? '');
}

/** The provider's finish reason, or null. */
export function finishReason(reply: AIMessage): string | null {
  const reason: unknown = reply.response_metadata.finish_reason;
  return typeof reason === 'string' ? reason : null;
}

/** What the model said, short enough to be shown. */
export function shownText(text: string): string {
  return cut(text.trim(), 500);
}
