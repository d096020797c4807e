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
  { who: 'TGI, Together', words: /`inputs` tokens \+ `max_new_tokens` must be|`inputs` must have less than/i },
  { who: 'watsonx', words: /number of (input )?tokens .{0,20}cannot exceed|total tokens limit/i },
  { who: 'SiliconFlow', words: /length of prompt_tokens|must be less than max_seq_len/i },
  { who: 'GitHub Copilot', words: /prompt token count of|max_prompt_tokens_exceeded/i },
  { who: 'Volcengine Ark', words: /exceeds? max message tokens/i },
  {
    who: 'others, of tokens',
    words:
      /\b(input|prompt|total|message)s?[ _](tokens?|token count|token length)\b.{0,60}\b(exceeds?|too (long|large|many)|greater than|more than|over|limit)\b|\btoo many (prompt |input |total )?tokens|\btokens?\b.{0,40}\bexceeds? .{0,40}\b(limit|maximum|context|window|model)|(prompt|input|conversation|messages).{0,40}\b(longer|larger|greater) than .{0,40}\b(context|window|model)/i,
  },
  { who: 'Fireworks', words: /the prompt is too long/i },
  { who: 'Groq, Cerebras', words: /reduce the length of the messages/i },
  { who: 'Groq, OpenAI: more than a minute allows', words: /request too large for/i },
  { who: 'GitHub Models', words: /tokens_limit_reached|request body too large for/i },
  { who: 'Moonshot', words: /exceeded model token limit/i },
  { who: 'MiniMax', words: /context window exceeds limit/i },
  { who: 'Zhipu', words: /prompt exceeds max length|prompt 超长/i },
  { who: 'Databricks, others', words: /(input|prompt|conversation|context)( length)? (is )?(too long|exceeds)/i },
];

/** A refusal of one field's length: that of a tool's description, a name or an id. It is not about the conversation. */
const ONE_FIELD =
  /\b(tools|functions|tool_calls|function_declarations)(\[\d|\.\w)|[\]\d]\.(name|id|tool_call_id|description)\b|\bfunction\W{0,2}(name|description|parameters)|'(user|metadata|stop|tool_call_id|prompt_cache_key|safety_identifier)\b/i;

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

/** The same, where no status says that it is an error: the words are all that there is. */
const KEY_WORDS_ALONE: readonly Row[] = [
  { who: 'Baidu', words: /access token (is )?(invalid|expired|no longer valid)/i },
  { who: 'MiniMax', words: /login fail/i },
  {
    who: 'gateways',
    words:
      /\b(unauthori[sz]ed|unauthenticated|forbidden)\b|(invalid|missing|no|wrong|expired|incorrect|bad) (auth\w* |access |api |bearer )?(token|key|credential)|(token|key|credential)s? (is |has |was )?(invalid|expired|missing|required|not valid|not found)|auth\w* (fail|error|required)|令牌|无效的? ?(api ?key|密钥)/i,
  },
];

/** A limit that passes by itself, whatever its code is called. */
const PASSING_WORDS: readonly Row[] = [
  {
    who: 'Cerebras, OpenAI, Groq',
    words: /per[ _-]?(minute|second|min|sec|hour|day)\b|too many (concurrent )?requests/i,
  },
  { who: 'Azure, MiniMax, Baidu', words: /\b(rpm|tpm|qps|rps|qpm|tpd|rpd)\b|request limit reached/i },
  { who: 'Qwen (DashScope)', words: /Throttling\b|allocated quota exceeded/i },
];

/** The same, where no status says so: without a time, they may go with a quota that is used up. */
const RATE_WORDS_ALONE: readonly Row[] = [
  ...PASSING_WORDS,
  { who: 'MiniMax, gateways', words: /rate[ _-]?limit|throttl/i },
];

/** No money or no quota is left, which waiting does not change. */
const QUOTA_WORDS: readonly Row[] = [
  { who: 'OpenAI', words: /insufficient_quota|billing_hard_limit|billing_not_active/i },
  { who: 'Moonshot', words: /exceeded_current_quota|\bquota_exceeded\b/i },
  { who: 'DeepSeek', words: /insufficient.balance/i },
  { who: 'xAI', words: /used all available credits|monthly spending limit/i },
  { who: 'Anthropic', words: /credit balance is too low/i },
  { who: 'OpenRouter', words: /insufficient credits|requires more credits|key limit exceeded/i },
  {
    who: 'Qwen (DashScope)',
    words: /Arrearage|in arrears|欠费|余额不足|AllocationQuota\.FreeTierOnly|account is in good standing/i,
  },
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
  const passes = saysOneOf(PASSING_WORDS, said);
  if (saysOneOf(QUOTA_WORDS, said) && !passes && [400, 403, 429].includes(status)) return 'model_quota_exhausted';
  if (passes && status === 403) return 'provider_rate_limited';
  if (status >= 500 || status === 429) return tooLong(status, said);
  if (saysOneOf(CONTENT_WORDS, said)) return 'model_content_refused';
  if (saysOneOf(KEY_WORDS, said)) return 'model_auth_failed';
  // whatever refuses so many bytes, it is about length
  if (status === 413) return 'model_context_too_long';
  const isLength = [400, 422].includes(status) && saysOneOf(CONTEXT_WORDS, said) && !ONE_FIELD.test(said);
  return isLength ? 'model_context_too_long' : undefined;
}

/** The same for an error that came as a success, without a status of its own. */
export function codeByWordsAlone(said: string): ModelFailureCode | undefined {
  if (saysOneOf(RATE_WORDS_ALONE, said) && !saysOneOf(QUOTA_WORDS, said)) return 'provider_rate_limited';
  if (saysOneOf(PASSING_WORDS, said)) return 'provider_rate_limited';
  return codeByWords(400, said) ?? (saysOneOf(KEY_WORDS_ALONE, said) ? 'model_auth_failed' : undefined);
}

/** A server that fails, or limits its rate, says in the words of a few that it is the length. */
function tooLong(status: number, said: string): ModelFailureCode | undefined {
  const isLength =
    status === 429 ? /request too large for/i : /exceed_context_size|context (size|length)|context_length_exceeded/i;
  return isLength.test(said) ? 'model_context_too_long' : undefined;
}

/** Words of a server that has a chat API somewhere else, or none. */
const ELSEWHERE =
  /unexpected endpoint|invalid url|no route|cannot post|unknown (url|path|route|endpoint)|^a redirection to /i;
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
  if (ELSEWHERE.test(said)) return status === undefined || (status >= 300 && status < 500);
  return status === 405 || (status === 404 && !OF_A_MODEL.test(said));
}
