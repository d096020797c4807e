import type { ModelFailureCode } from './model-failure.js';

/** Words in which providers say one thing. `who` says where they were read. */
interface Row {
  who: string;
  words: RegExp;
}

/** The conversation, or the reply that was asked for, is too long. */
const CONTEXT_WORDS: readonly Row[] = [
  { who: 'OpenAI, Azure, Groq, Cerebras', words: /context_length_exceeded|string_above_max_length/i },
  { who: 'OpenAI', words: /context window|input tokens exceed/i },
  { who: 'OpenAI, vLLM, DeepSeek, OpenRouter, Mistral, Ollama', words: /maximum (model |context |prompt )?length/i },
  { who: 'vLLM', words: /longer than the maximum model length|model's maximum context/i },
  { who: 'SGLang', words: /longer than the model's context length/i },
  { who: 'Anthropic', words: /prompt is too long|exceed context limit|request_too_large/i },
  { who: 'Gemini', words: /input token count .{0,40}exceeds|exceeds the maximum number of tokens/i },
  { who: 'xAI', words: /maximum prompt length is/i },
  { who: 'Bedrock', words: /input is too long for requested model|too many (input )?tokens/i },
  { who: 'Cohere', words: /tokens in the prompt cannot exceed/i },
  { who: 'Qwen (DashScope)', words: /range of input length should be/i },
  {
    who: 'LM Studio',
    words: /(greater than|reached|loaded with) (the )?context length|context the overflows|not enough.{0,20}context/i,
  },
  { who: 'llama.cpp', words: /exceed_context_size|context size/i },
  { who: 'Ollama', words: /exceeded max context length|exceeds? .{0,20}context length/i },
  { who: 'TGI, Together', words: /`inputs` tokens \+ `max_new_tokens` must be/i },
  { who: 'Fireworks', words: /the prompt is too long/i },
  { who: 'Groq, Cerebras', words: /reduce the length of the messages/i },
  { who: 'Groq, OpenAI: more than a minute allows', words: /request too large for/i },
  { who: 'GitHub Models', words: /tokens_limit_reached|request body too large for/i },
  { who: 'Moonshot', words: /exceeded model token limit/i },
  { who: 'MiniMax', words: /context window exceeds limit/i },
  { who: 'Zhipu', words: /prompt exceeds max length|prompt 超长/i },
  { who: 'Databricks, others', words: /(input|prompt|conversation|context)( length)? (is )?(too long|exceeds)/i },
];

/** The content is refused. It often comes with 403, and is no matter of the key. */
const CONTENT_WORDS: readonly Row[] = [
  { who: 'OpenAI, Azure', words: /content_filter|content_policy|ResponsibleAIPolicy|content management policy/i },
  { who: 'OpenAI', words: /flagged as potentially violating|violating our usage policy|safety_violations/i },
  { who: 'OpenRouter', words: /requires moderation|(input|prompt|request) was flagged|flagged for/i },
  { who: 'Anthropic', words: /blocked by (our )?content filtering/i },
  { who: 'Gemini', words: /PROHIBITED_CONTENT|blocked by .{0,20}safety|response was blocked|prompt was blocked/i },
  { who: 'xAI', words: /violates (our )?usage guidelines|SAFETY_CHECK/i },
  { who: 'Bedrock', words: /guardrail_intervened|blocked by guardrail/i },
  { who: 'Qwen (DashScope)', words: /data_?inspection_?failed|inappropriate content/i },
  { who: 'DeepSeek', words: /content exists risk/i },
  { who: 'Moonshot', words: /considered high risk/i },
  { who: 'Zhipu', words: /不安全或敏感内容|unsafe or sensitive content/i },
  { who: 'MiniMax', words: /new_sensitive|input_sensitive/i },
];

/** The key is wrong, said with another status than 401. */
const KEY_WORDS: readonly Row[] = [
  { who: 'Gemini', words: /API key not valid|API_KEY_INVALID|API key expired/i },
  { who: 'xAI, OpenAI', words: /incorrect API key|invalid API key|invalid_api_key/i },
  { who: 'Bedrock', words: /security token included in the request is (invalid|expired)/i },
];

/** No money or no quota is left, which waiting does not change. */
const QUOTA_WORDS: readonly Row[] = [
  { who: 'OpenAI', words: /insufficient_quota|billing_hard_limit|billing_not_active/i },
  { who: 'Moonshot', words: /exceeded_current_quota|quota_exceeded/i },
  { who: 'DeepSeek', words: /insufficient.balance/i },
  { who: 'xAI', words: /used all available credits|monthly spending limit/i },
  { who: 'Anthropic', words: /credit balance is too low/i },
  { who: 'OpenRouter', words: /insufficient credits|requires more credits|key limit exceeded/i },
  { who: 'Qwen (DashScope)', words: /Arrearage|AllocationQuota\.FreeTierOnly|account is in good standing/i },
  { who: 'Groq, others', words: /spend limit|out of credits/i },
];

/** Whether words are among those of a table. */
function saysOneOf(rows: readonly Row[], said: string): boolean {
  return rows.some(({ words }) => words.test(said));
}

/** The code for a refusal whose words say more than its status; undefined where they don't. */
export function codeByWords(status: number, said: string): ModelFailureCode | undefined {
  if (status === 402) return 'model_quota_exhausted';
  if (status < 400 || status === 401 || status === 408) return undefined;
  if (saysOneOf(QUOTA_WORDS, said) && [400, 403, 429].includes(status)) return 'model_quota_exhausted';
  if (status >= 500 || status === 429) return tooLong(status, said);
  if (saysOneOf(CONTENT_WORDS, said)) return 'model_content_refused';
  if (saysOneOf(KEY_WORDS, said)) return 'model_auth_failed';
  return [400, 413, 422].includes(status) && saysOneOf(CONTEXT_WORDS, said) ? 'model_context_too_long' : undefined;
}

/** A server that fails, or limits its rate, says in the words of a few that it is the length. */
function tooLong(status: number, said: string): ModelFailureCode | undefined {
  const isLength =
    status === 429 ? /request too large for/i : /exceed_context_size|context (size|length)|context_length_exceeded/i;
  return isLength.test(said) ? 'model_context_too_long' : undefined;
}

/** Words of a server that has a chat API somewhere else, or none. */
const ELSEWHERE = /unexpected endpoint|invalid url|no route|cannot post|unknown (url|path|route|endpoint)/i;
const OF_A_MODEL = /model|deployment|engine|no endpoints found/i;
const PAGE = /^\s*<(?:!doctype|html|head|body|h1|center|\?xml)/i;

/**
 * Whether an answer comes from a place that is no chat API: a wrong base URL, most often one without `/v1`.
 *
 * @param status - of the answer; undefined where it was a success, and no chat completion
 */
export function isElsewhere(status: number | undefined, said: string): boolean {
  if (PAGE.test(said.replace(/^a body that is not JSON: /, '')))
    return status === undefined || status === 404 || status === 405;
  if (ELSEWHERE.test(said)) return status === undefined || (status >= 400 && status < 500);
  return status === 405 || (status === 404 && !OF_A_MODEL.test(said));
}
