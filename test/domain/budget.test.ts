import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addReservations,
  estimateTokens,
  excessOf,
  exceeds,
  isLimited,
  phaseLimits,
  raisedBudgets,
  reserve,
  type Budgets,
  type Limits,
  type Reservation,
} from '../../src/domain/money/budget.js';
import { compareMoney, money, NO_MONEY } from '../../src/domain/money/amount.js';

const amount = fc.integer({ min: 0, max: 1_000_000 });
const limit = fc.option(amount);
const limits: fc.Arbitrary<Limits> = fc.record({ microUsd: fc.option(amount.map(money)), tokens: limit });
const exact = fc
  .tuple(amount, fc.nat(999))
  .map(([whole, thousandths]) => money(Number(`${whole}.${String(thousandths).padStart(3, '0')}`)));
const reservation: fc.Arbitrary<Reservation> = fc.record({ microUsd: exact, tokens: amount });

test('S24: what fits into a phase fits into the run and into the share of the phase', () => {
  fc.assert(
    fc.property(limits, reservation, limits, reservation, reservation, (run, elsewhere, phase, used, next) => {
      if (exceeds(phaseLimits(run, elsewhere, phase), used, next) !== null) return;
      const sum = addReservations(used, next);
      const amountOf = ({ microUsd, tokens }: Limits): Reservation => ({
        microUsd: microUsd ?? NO_MONEY,
        tokens: tokens ?? 0,
      });
      for (const [most, left] of [
        [run, excessOf(amountOf(run), elsewhere)],
        [phase, amountOf(phase)],
      ] as const) {
        assert.ok(most.microUsd === null || compareMoney(sum.microUsd, left.microUsd) <= 0);
        assert.ok(most.tokens === null || sum.tokens <= left.tokens);
      }
    }),
  );
});

test('S24: without a limit everything fits', () => {
  fc.assert(
    fc.property(reservation, reservation, (used, next) =>
      assert.equal(exceeds({ microUsd: null, tokens: null }, used, next), null),
    ),
  );
});

test('a reservation takes the dear price: nothing cached, everything answered; unknown prices count by tokens alone', () => {
  assert.deepEqual(reserve(1_000, 500, { inputPer1k: 0.01, cachedInputPer1k: 0.001, outputPer1k: 0.03 }), {
    tokens: 1_500,
    microUsd: money(25_000),
  });
  assert.deepEqual(reserve(1_000, 500, null), { tokens: 1_500, microUsd: NO_MONEY });
});

test('the estimate of tokens is never lower than a token for two bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) =>
      assert.ok(estimateTokens(text) * 2 >= Buffer.byteLength(text)),
    ),
  );
});

const NO_LIMITS: Limits = { microUsd: null, tokens: null };
const usd = (microUsd: number): Limits => ({ microUsd: money(microUsd), tokens: null });

test('S24: new limits are the run’s, and the phase may use all of them; where only the phase has some, they are its own', () => {
  const raised = (now: Budgets, given: Limits) => raisedBudgets(now, now.run, given, 'no more');
  assert.deepEqual(raised({ run: usd(5), phase: usd(1) }, usd(20)), { run: usd(20), phase: NO_LIMITS });
  assert.deepEqual(raised({ run: usd(5), phase: NO_LIMITS }, usd(20)), { run: usd(20), phase: NO_LIMITS });
  assert.deepEqual(raised({ run: NO_LIMITS, phase: usd(1) }, usd(20)), { run: NO_LIMITS, phase: usd(20) });
  assert.deepEqual(raised({ run: NO_LIMITS, phase: NO_LIMITS }, usd(20)), { run: usd(20), phase: NO_LIMITS });
  const both = { run: { microUsd: money(5), tokens: 9 }, phase: NO_LIMITS };
  assert.deepEqual(raised(both, usd(20)).run, { microUsd: money(20), tokens: 9 }, 'one that is not given stays');
});

test('S24: without a new limit it is as much again as was planned, or nothing changes', () => {
  const now = { run: usd(7), phase: usd(1) };
  assert.deepEqual(raisedBudgets(now, usd(5), NO_LIMITS, 'as much again'), { run: usd(12), phase: NO_LIMITS });
  assert.deepEqual(
    raisedBudgets({ run: NO_LIMITS, phase: usd(3) }, NO_LIMITS, NO_LIMITS, 'as much again').phase,
    usd(6),
  );
  assert.deepEqual(raisedBudgets(now, usd(5), NO_LIMITS, 'no more'), now);
});

test('S24: after any number of approvals the phase may use all that the run has left', () => {
  const step = fc.tuple(limits, fc.constantFrom('as much again' as const, 'no more' as const));
  fc.assert(
    fc.property(limits, limits, fc.array(step, { minLength: 1 }), (run, phase, steps) => {
      let now: Budgets = { run, phase };
      for (const [given, otherwise] of steps) {
        const before = now;
        now = raisedBudgets(before, run, given, otherwise);
        if (!isLimited(given) && otherwise === 'no more') assert.deepEqual(now, before);
        else assert.ok(!isLimited(now.run) || !isLimited(now.phase), 'one of them binds, not both');
        for (const key of ['microUsd', 'tokens'] as const) {
          const after = now.run[key] ?? now.phase[key];
          if (given[key] !== null) assert.equal(after, given[key]);
        }
      }
    }),
  );
});
