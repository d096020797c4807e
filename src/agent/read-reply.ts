import type { AIMessage } from '@langchain/core/messages';
import { cut } from '../domain/failures.js';
import type { NoArtifactReason } from './agent-request.js';

/** What a reply means for the loop. */
export interface Reading {
  /** Whether it may enter the conversation. A broken reply would be sent back with every later request. */
  keep: boolean;
  /** Why the loop ends here; null when there are tools to run. */
  ending: NoArtifactReason | null;
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
 */
export function readReply(reply: AIMessage): Reading {
  const refusal = reply.additional_kwargs.refusal;
  const text = typeof refusal === 'string' && refusal !== '' ? refusal : reply.text;
  const hasCalls = (reply.tool_calls ?? []).length > 0;
  const end = (ending: NoArtifactReason): Reading => ({ keep: !hasCalls && reply.text.trim() !== '', ending, text });
  if (isCutOff(reply)) return end('output_truncated');
  if (FILTERED.test(finishReason(reply)?.toLowerCase() ?? '')) return end('content_filtered');
  if (hasCalls) return { keep: true, ending: null, text };
  return end(refusal === undefined ? 'ended_without_writing' : 'refused');
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
