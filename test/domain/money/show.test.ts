import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { money } from '../../../src/domain/money/amount.js';
import { formatCost, formatUsd, knownUsd } from '../../../src/domain/money/show.js';

test('a cost too small to show is less than a hundredth of a cent, and only nothing is $0.0000', () => {
  assert.deepEqual(
    [0, 0.4, 99.9, 100, 12_345, 1_000_000].map((microUsd) => formatUsd(money(microUsd))),
    ['$0.0000', '<$0.0001', '<$0.0001', '$0.0001', '$0.0123', '$1.0000'],
  );
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (value) => (formatUsd(money(value)) === '$0.0000') === (value === 0),
    ),
  );
});

test('S25: what nobody knows is unknown, not nothing', () => {
  assert.equal(formatCost({ costMicroUsd: money(12_300), unpricedCalls: 0 }), '$0.0123');
  assert.equal(formatCost({ costMicroUsd: money(12_300), unpricedCalls: 1 }), '$0.0123 and 1 call of unknown price');
  assert.equal(formatCost({ costMicroUsd: money(0), unpricedCalls: 6 }), 'unknown (6 calls of unknown price)');
  assert.equal(
    formatCost({ costMicroUsd: money(0), unpricedCalls: 0 }),
    '$0.0000',
    'no call was made, or the model costs nothing',
  );
  assert.deepEqual(
    [
      knownUsd({ costMicroUsd: money(0), unpricedCalls: 1 }),
      knownUsd({ costMicroUsd: money(0.4), unpricedCalls: 1 }),
      knownUsd({ costMicroUsd: money(0), unpricedCalls: 0 }),
    ],
    [null, 4e-7, 0],
  );
});
