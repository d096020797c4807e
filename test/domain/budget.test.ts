import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { estimateTokens, exceeds, phaseLimits, reserve, type Limits } from '../../src/domain/budget.js';

const amount = fc.integer({ min: 0, max: 1_000_000 });
const limit = fc.option(amount);
const limits: fc.Arbitrary<Limits> = fc.record({ microUsd: limit, tokens: limit });
const reservation = fc.record({ microUsd: amount, tokens: amount });

test('S24: what fits into a phase fits into the run and into the share of the phase', () => {
  fc.assert(
    fc.property(limits, reservation, limits, reservation, reservation, (run, elsewhere, phase, used, next) => {
      if (exceeds(phaseLimits(run, elsewhere, phase), used, next) !== null) return;
      for (const key of ['microUsd', 'tokens'] as const) {
        assert.ok(run[key] === null || used[key] + next[key] <= Math.max(0, run[key] - elsewhere[key]));
        assert.ok(phase[key] === null || used[key] + next[key] <= phase[key]);
      }
    }),
  );
});

test('S24: without a limit everything fits', () => {
  fc.assert(fc.property(reservation, reservation, (used, next) => assert.equal(exceeds({ microUsd: null, tokens: null }, used, next), null)));
});

test('a reservation takes the dear price: nothing cached, everything answered; unknown prices count by tokens alone', () => {
  assert.deepEqual(reserve(1_000, 500, { inputPer1k: 0.01, cachedInputPer1k: 0.001, outputPer1k: 0.03 }), { tokens: 1_500, microUsd: 10_000 + 15_000 });
  assert.deepEqual(reserve(1_000, 500, null), { tokens: 1_500, microUsd: 0 });
});

test('the estimate of tokens is never lower than a token for two bytes', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.ok(estimateTokens(text) * 2 >= Buffer.byteLength(text))));
});
