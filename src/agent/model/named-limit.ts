/** Words around the number of tokens that a context has. `who` says where they were read. */
const LIMIT_WORDS: readonly { who: string; words: RegExp }[] = [
  { who: 'Anthropic', words: /tokens? > (\d+) max/i },
  { who: 'Anthropic, with the output', words: /\d+ \+ \d+ > (\d+)/ },
  { who: 'Gemini', words: /maximum number of (?:input )?tokens allowed \(?(\d+)/i },
  { who: 'TGI, Together', words: /`max_new_tokens` must be <= (\d+)/i },
  { who: 'Qwen (DashScope)', words: /input length should be \[\d+, ?(\d+)\]/i },
  { who: 'Cohere', words: /cannot exceed (\d+)/i },
  { who: 'TGI', words: /must have less than (\d+) tokens/i },
  { who: 'watsonx', words: /tokens limit (\d+)/i },
  { who: 'SiliconFlow', words: /max_seq_len\W{1,3}(\d+)/i },
  { who: 'GitHub Copilot', words: /exceeds the limit of (\d+)/i },
  { who: 'OpenAI', words: /configured limit of (\d+)/i },
  { who: 'Moonshot, Groq, GitHub Models', words: /(?:token limit|limit|max size)\W{0,3}(\d+)/i },
  { who: 'llama.cpp', words: /n_ctx\W{1,4}(\d+)|context size \((\d+)/i },
  {
    who: 'OpenAI, vLLM, SGLang, DeepSeek, xAI, Mistral, LM Studio, Ollama',
    words: /(?:maximum|max|context)[ _](?:(?:model|context|prompt)(?:'s)? )*(?:length|window|size)[^\d]{0,40}(\d+)/i,
  },
];

/** No model for tool calls has less, and a figure in other units is not believed. */
const LEAST = 1_000;
const MOST = 100_000_000;

/**
 * How many tokens a context has, as a refusal for length names it.
 *
 * @param said - the provider's words
 * @returns null where they name none
 */
export function namedLimit(said: string): number | null {
  // 128,000 and 128000 are the same; a list of numbers has a space
  const plain = said.slice(0, 4_000).replace(/(\d),(?=\d{3}\b)/g, '$1');
  for (const { words } of LIMIT_WORDS) {
    const tokens = Number(words.exec(plain)?.slice(1).find(Boolean) ?? NaN);
    if (tokens >= LEAST && tokens <= MOST) return tokens;
  }
  return null;
}
