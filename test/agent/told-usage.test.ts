import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { usageOf } from '../../src/agent/model/told-usage.js';
import type { JsonObject } from '../../src/domain/text/json.js';
import { agentBench } from './support/agent-bench.js';
import { say } from './support/http-stub.js';

/** Who, the usage, and what it means: input, output, cached part of the input, thoughts in the output. */
type Row = [who: string, usage: JsonObject, means: [number, number, number, number]];

const ROWS: Row[] = [
  [
    'OpenAI',
    {
      prompt_tokens: 120,
      completion_tokens: 30,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 12 },
    },
    [120, 30, 64, 12],
  ],
  [
    'OpenAI, Responses',
    {
      input_tokens: 120,
      output_tokens: 30,
      input_tokens_details: { cached_tokens: 64 },
      output_tokens_details: { reasoning_tokens: 12 },
    },
    [120, 30, 64, 12],
  ],
  [
    'Anthropic: the cache is apart',
    { input_tokens: 12, cache_read_input_tokens: 50_000, cache_creation_input_tokens: 2_000, output_tokens: 30 },
    [52_012, 30, 50_000, 0],
  ],
  [
    "Anthropic's figures in OpenAI's words, the cache apart",
    { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42, cache_read_input_tokens: 50_000 },
    [50_012, 30, 50_000, 0],
  ],
  [
    'the same with a larger prompt: the total has the cache',
    { prompt_tokens: 60_000, completion_tokens: 30, total_tokens: 110_030, cache_read_input_tokens: 50_000 },
    [110_000, 30, 50_000, 0],
  ],
  [
    'LiteLLM: the cache is a part of the prompt',
    {
      prompt_tokens: 52_012,
      completion_tokens: 30,
      total_tokens: 52_042,
      cache_read_input_tokens: 50_000,
      cache_creation_input_tokens: 2_000,
      prompt_tokens_details: { cached_tokens: 50_000 },
    },
    [52_012, 30, 50_000, 0],
  ],
  [
    'a gateway that fills the other words with zeros',
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, input_tokens: 12, output_tokens: 30 },
    [12, 30, 0, 0],
  ],
  [
    'DeepSeek',
    { prompt_tokens: 100, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36, completion_tokens: 5 },
    [100, 5, 64, 0],
  ],
  ['Moonshot', { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105, cached_tokens: 64 }, [100, 5, 64, 0]],
  [
    'cached tokens that the prompt can not have in it',
    { prompt_tokens: 12, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 64 } },
    [76, 5, 64, 0],
  ],
  [
    'xAI: thoughts beside the completion',
    {
      prompt_tokens: 9_000,
      completion_tokens: 30,
      total_tokens: 9_330,
      completion_tokens_details: { reasoning_tokens: 300 },
    },
    [9_000, 330, 0, 300],
  ],
  [
    'the same without a total',
    { prompt_tokens: 9_000, completion_tokens: 30, completion_tokens_details: { reasoning_tokens: 300 } },
    [9_000, 330, 0, 300],
  ],
  [
    'Gemini: thoughts in the total alone',
    { prompt_tokens: 9_000, completion_tokens: 30, total_tokens: 9_330 },
    [9_000, 330, 0, 0],
  ],
  ['Gemini: thoughts, and no words', { prompt_tokens: 9_000, total_tokens: 9_300 }, [9_000, 300, 0, 0]],
  ['a total that is too small', { prompt_tokens: 100, completion_tokens: 30, total_tokens: 100 }, [100, 30, 0, 0]],
];

for (const [who, usage, means] of ROWS)
  test(`S23: what is paid, in the words of a provider: ${who}`, () => {
    const { input_tokens, output_tokens, input_token_details, output_token_details } = usageOf(usage);
    assert.deepEqual(
      [input_tokens, output_tokens, input_token_details?.cache_read, output_token_details?.reasoning],
      means,
    );
  });

test('S23: the cache and the thoughts are in the ledger and its costs', async (t) => {
  const usage = {
    input_tokens: 12,
    cache_read_input_tokens: 50_000,
    cache_creation_input_tokens: 2_000,
    output_tokens: 30,
    output_tokens_details: { reasoning_tokens: 300 },
  };
  const bench = await agentBench(t, say('hi', {}, { usage }));
  const { calls } = await bench.run({ maxModelCalls: 1 });
  const [call] = calls;
  assert.deepEqual([call?.inputTokens, call?.cachedTokens, call?.outputTokens], [52_012, 50_000, 330]);
  // 2,012 × $0.01 + 50,000 × $0.005, 330 × $0.03, per 1,000
  assert.deepEqual([call?.costInputMicroUsd, call?.costOutputMicroUsd], ['270120', '9900']);
});

const figure = fc.nat(1_000_000);

test('S23: no figure is lost: what is counted is no less than any figure, or any sum, that is told', () => {
  fc.assert(
    fc.property(
      fc.record({ told: figure, said: figure, cached: figure, thought: figure, extra: figure }),
      ({ told, said, cached, thought, extra }) => {
        const { input_tokens, output_tokens } = usageOf({
          prompt_tokens: told + 1,
          completion_tokens: said + 1,
          total_tokens: told + said + extra,
          prompt_tokens_details: { cached_tokens: cached },
          completion_tokens_details: { reasoning_tokens: thought },
        });
        assert.ok(input_tokens >= Math.max(told + 1, cached));
        assert.ok(output_tokens >= Math.max(said + 1, thought));
        assert.ok(input_tokens + output_tokens >= told + said + extra);
      },
    ),
  );
});

test('S23: any usage is read, and what has no figures has none', () => {
  fc.assert(fc.property(fc.jsonValue(), (usage) => typeof usageOf(usage as JsonObject).input_tokens === 'number'));
  for (const usage of [undefined, null, {}, [], 'x'] as const) assert.ok(Number.isNaN(usageOf(usage).input_tokens));
});
