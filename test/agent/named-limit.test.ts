import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { namedLimit } from '../../src/agent/model/named-limit.js';

const ROWS: [string, string, number | null][] = [
  [
    'OpenAI',
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130021 tokens.",
    128_000,
  ],
  [
    'OpenAI, input',
    'Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300001 tokens.',
    272_000,
  ],
  [
    'vLLM',
    "This model's maximum context length is 4096 tokens. However, you requested 4200 tokens (3200 in the messages, 1000 in the completion).",
    4_096,
  ],
  ['vLLM, longer prompt', 'The prompt (total length 9000) is longer than the maximum model length of 8192.', 8_192],
  ['SGLang', "The input (40000 tokens) is longer than the model's context length (32768 tokens).", 32_768],
  ['Anthropic', 'prompt is too long: 210435 tokens > 200000 maximum', 200_000],
  ['Gemini', 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', 1_048_576],
  ['xAI', "This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 131_072],
  ['llama.cpp', 'the request exceeds the available context size (8192 tokens), try increasing it', 8_192],
  ['llama.cpp, older', 'the request exceeds the available context size. n_prompt_tokens: 9000, n_ctx: 8192', 8_192],
  [
    'LM Studio',
    'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
    4_096,
  ],
  ['Qwen', 'Range of input length should be [1, 30720]', 30_720],
  ['Moonshot', 'Invalid request: Your request exceeded model token limit: 8192', 8_192],
  [
    'TGI',
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens',
    4_096,
  ],
  ['Groq', 'Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000', 6_000],
  ['GitHub Models', 'Request body too large for gpt-4o model. Max size: 8000 tokens.', 8_000],
  ['Cohere', 'too many tokens: total number of tokens in the prompt cannot exceed 4081', 4_081],
  ['with commas', 'maximum context length is 131,072 tokens', 131_072],
  ['Bedrock', 'Input is too long for requested model.', null],
  ['Zhipu', 'Prompt exceeds max length', null],
  ['Anthropic, with the output', 'input length and `max_tokens` exceed context limit: 5000 + 200000 > 200000', 200_000],
  ['TGI, input', 'Input validation error: `inputs` must have less than 4096 tokens. Given: 5129', 4_096],
  ['watsonx', 'the number of input tokens 4149 cannot exceed the total tokens limit 4096 for this model', 4_096],
  ['SiliconFlow', 'length of prompt_tokens (33000) must be less than max_seq_len (32768).', 32_768],
  ['GitHub Copilot', 'prompt token count of 129000 exceeds the limit of 128000', 128_000],
  ['no sense', 'maximum context length is 12 tokens', null],
];

for (const [who, said, tokens] of ROWS)
  test(`the limit that a refusal names: ${who}`, () => assert.equal(namedLimit(said), tokens));

test('any words are read in time, and give a number that can be a context, or none', () => {
  const word = fc.constantFrom('maximum ', 'context ', 'length ', 'limit', ' ', '1', '000', ',', 'tokens > ', '[1, ');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 20_000 }),
        fc.array(word, { maxLength: 2_000 }).map((all) => all.join('')),
      ),
      (said) => {
        const began = performance.now();
        const tokens = namedLimit(said);
        assert.ok(performance.now() - began < 1_000);
        return tokens === null || (tokens >= 1_000 && tokens <= 100_000_000);
      },
    ),
  );
});
