import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addMoney,
  compareMoney,
  fromUsd,
  isMoney,
  money,
  subtractMoney,
  timesMoney,
  toUsd,
  type Money,
} from '../../../src/domain/money/amount.js';

/** An amount, and the same in units of 10^-18 micro-dollars. */
const amount = fc
  .record({ whole: fc.bigInt({ min: 0n, max: 10n ** 18n }), parts: fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }) })
  .map(({ whole, parts }) => ({
    text: addMoney(`${whole}.${String(parts).padStart(18, '0')}` as Money),
    units: whole * 10n ** 18n + parts,
  }));
const unitsOf = (text: Money): bigint => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  return (text.startsWith('-') ? -1n : 1n) * BigInt(whole + fraction.padEnd(18, '0'));
};

test('sums are exact, whatever the order and the grouping', () => {
  fc.assert(
    fc.property(fc.array(amount, { maxLength: 30 }), fc.nat(30), (amounts, at) => {
      const texts = amounts.map(({ text }) => text);
      const sum = addMoney(...texts);
      assert.equal(
        unitsOf(sum),
        amounts.reduce((total, { units }) => total + units, 0n),
      );
      assert.equal(addMoney(...texts.toReversed()), sum);
      assert.equal(addMoney(addMoney(...texts.slice(0, at)), addMoney(...texts.slice(at))), sum);
    }),
  );
});

test('what is taken away and added again is the same amount; the order of amounts is that of numbers', () => {
  fc.assert(
    fc.property(amount, amount, (a, b) => {
      assert.equal(addMoney(subtractMoney(a.text, b.text), b.text), a.text);
      assert.equal(Math.sign(compareMoney(a.text, b.text)), a.units < b.units ? -1 : a.units > b.units ? 1 : 0);
    }),
  );
});

test('an amount has one text, which JSON keeps', () => {
  fc.assert(
    fc.property(
      amount,
      ({ text }) => isMoney(text) && text === addMoney(text) && JSON.parse(JSON.stringify(text)) === text,
    ),
  );
  assert.deepEqual(
    [money(0), money(0.4), money(1e-7), money(2.5e21), money(100)],
    ['0', '0.4', '0.0000001', '2500000000000000000000', '100'],
  );
});

test('a number is the decimal that it is written as', () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (value) => Number(money(value)) === value));
});

test('30 calls of 0.4 micro-dollars are 12, not 0', () => {
  assert.equal(addMoney(...Array.from({ length: 30 }, () => money(0.4))), '12');
  assert.equal(timesMoney(money(0.1), 3), '0.3');
});

test('what people say in dollars is read back as they said it, to parts of a micro-dollar', () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (usd) => toUsd(fromUsd(usd)) === usd));
  assert.deepEqual([fromUsd(0.1), fromUsd(5), fromUsd(4e-7)], ['100000', '5000000', '0.4']);
});

test('a value that is not an amount is refused, in little time', () => {
  for (const value of ['', '1e9', '1e999999999', '.5', '5.', 'NaN', '1'.repeat(61), 7, null, undefined, {}, ['1']])
    assert.ok(!isMoney(value), JSON.stringify(value));
});
