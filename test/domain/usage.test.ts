import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ModelCall } from '../../src/domain/record/model-call.js';
import { money } from '../../src/domain/money/amount.js';
import {
  addCall,
  countedOf,
  countedOfCall,
  isUsage,
  noUsage,
  repliesOf,
  sumUsage,
} from '../../src/domain/money/usage.js';
import { addReservations } from '../../src/domain/money/budget.js';
import { costOf } from '../../src/domain/money/pricing.js';
import { modelCall } from '../mirror/support.js';

const tokens = fc.nat(1_000_000);
const micro = fc
  .tuple(fc.nat(1_000_000), fc.nat(999_999))
  .map(([whole, parts]) => money(Number(`${whole}.${String(parts).padStart(6, '0')}`)));
const known = fc.record({
  inputTokens: tokens,
  outputTokens: tokens,
  costInputMicroUsd: micro,
  costOutputMicroUsd: micro,
});
const unknown = fc
  .record({
    status: fc.constantFrom<ModelCall['status']>('ok', 'error'),
    reservedMicroUsd: micro,
    reservedTokens: tokens,
  })
  .map((reserved) => ({
    ...reserved,
    inputTokens: 0,
    outputTokens: 0,
    costInputMicroUsd: null,
    costOutputMicroUsd: null,
  }));
const call = fc.oneof(known, unknown).map((more) => modelCall('c', more));

test('S23, S24: usage is the exact sum of its calls, in any order and in any parts; each call counts against budgets once', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 20 }), fc.nat(20), (calls, at) => {
      const sum = (some: ModelCall[]) => some.reduce(addCall, noUsage());
      const whole = sum(calls);
      assert.deepEqual(sum(calls.toReversed()), whole);
      assert.deepEqual(sumUsage([sum(calls.slice(0, at)), sum(calls.slice(at))]), whole);
      assert.deepEqual(countedOf(whole), addReservations(...calls.map(countedOfCall)));
      assert.deepEqual(
        repliesOf(whole),
        addReservations(...calls.filter(({ status }) => status === 'ok').map(countedOfCall)),
      );
      assert.equal(whole.unpricedCalls, calls.filter(({ costInputMicroUsd }) => costInputMicroUsd === null).length);
      assert.ok(isUsage(JSON.parse(JSON.stringify(whole))));
    }),
  );
});

test('S23: 30 replies of 0.4 micro-dollars cost 12 micro-dollars', () => {
  const { inputMicroUsd, outputMicroUsd } =
    costOf({ inputPer1k: 0.0000002, outputPer1k: 0.0000002 }, { input: 1_000, output: 1_000, cached: 0 }) ??
    assert.fail();
  const calls = Array.from({ length: 30 }, () =>
    modelCall('c', { costInputMicroUsd: inputMicroUsd, costOutputMicroUsd: outputMicroUsd }),
  );
  assert.equal(calls.reduce(addCall, noUsage()).costMicroUsd, '12');
});

test('an error reply counts nothing, and is not of unknown price', () => {
  const free = modelCall('e', {
    status: 'error',
    inputTokens: 0,
    outputTokens: 0,
    costInputMicroUsd: money(0),
    costOutputMicroUsd: money(0),
  });
  const usage = addCall(noUsage(), { ...free, cachedTokens: 0, reasoningTokens: 0 });
  assert.deepEqual(usage, { ...noUsage(), calls: 1 });
});

test('what a person gives an activity for a usage is told apart', () => {
  assert.ok(isUsage(noUsage()));
  for (const wrong of [
    null,
    7,
    {},
    { ...noUsage(), costMicroUsd: 12 },
    { ...noUsage(), brokenMicroUsd: '1e9' },
    { ...noUsage(), calls: '3' },
  ])
    assert.ok(!isUsage(wrong), JSON.stringify(wrong));
});
