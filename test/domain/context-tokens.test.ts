import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextTokensOf } from '../../src/domain/template/context-tokens.js';

test('a model’s context: the file first, then what is well known, else nothing', () => {
  const backend = { contextTokens: { 'qwen3:8b': 32_768, 'gpt-5': 100_000 } };
  assert.equal(contextTokensOf(backend, 'qwen3:8b'), 32_768);
  assert.equal(contextTokensOf(backend, 'gpt-5'), 100_000);
  assert.equal(contextTokensOf(backend, 'gpt-5-mini'), 272_000);
  assert.equal(contextTokensOf({}, 'gpt-4.1-2025-04-14'), 1_047_576);
  assert.equal(contextTokensOf({}, 'anthropic/claude-sonnet-4.5'), 200_000);
  assert.equal(contextTokensOf({}, 'o3'), 200_000);
  for (const name of ['o30', 'gpt-4', 'llama-3', '', 'constructor', 'my-gpt-5'])
    assert.equal(contextTokensOf(backend, name), undefined, name);
});
