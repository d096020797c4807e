import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { timesMoney } from '../../src/domain/money/amount.js';
import { costOf } from '../../src/domain/money/pricing.js';

const usd = fc.integer({ min: 0, max: 100_000 }).map((tenThousandths) => tenThousandths / 10_000);
const price = fc.record(
  { inputPer1k: usd, outputPer1k: usd, cachedInputPer1k: usd },
  { requiredKeys: ['inputPer1k', 'outputPer1k'] },
);
const tokens = fc.record({ input: fc.nat(2_000_000), output: fc.nat(200_000), cached: fc.nat(2_000_000) });

test('S25: an unknown price is null, not 0', () => {
  assert.equal(costOf(null, { input: 1, output: 1, cached: 0 }), null);
});

test('S23: a cost by hand: 1,000 input of which 400 cached, 200 output', () => {
  assert.deepEqual(
    costOf(
      { inputPer1k: 0.00015, outputPer1k: 0.0006, cachedInputPer1k: 0.000075 },
      { input: 1_000, output: 200, cached: 400 },
    ),
    {
      inputMicroUsd: '120',
      outputMicroUsd: '120',
    },
  );
  assert.deepEqual(costOf({ inputPer1k: 0.00015, outputPer1k: 0 }, { input: 1_000, output: 200, cached: 400 }), {
    inputMicroUsd: '150',
    outputMicroUsd: '0',
  });
});

test('S23: costs are exact, and never negative', () => {
  fc.assert(
    fc.property(price, tokens, (table, counts) => {
      const cost = costOf(table, counts);
      assert.ok(cost);
      // exact in integers: prices here are ten-thousandths of a dollar per 1,000 tokens, so a tenth of a micro-dollar a
      // token
      const tenths = (usdPer1k: number): bigint => BigInt(Math.round(usdPer1k * 10_000));
      const cached = BigInt(Math.min(counts.cached, counts.input));
      const input =
        (BigInt(counts.input) - cached) * tenths(table.inputPer1k) +
        cached * tenths(table.cachedInputPer1k ?? table.inputPer1k);
      const output = BigInt(counts.output) * tenths(table.outputPer1k);
      assert.deepEqual(
        [cost.inputMicroUsd, cost.outputMicroUsd].map((amount) => timesMoney(amount, 10)),
        [String(input), String(output)],
      );
    }),
  );
});
