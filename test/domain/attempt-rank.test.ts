import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isOlder, parseRank, rankText, type AttemptRank } from '../../src/domain/attempt-rank.js';

const A = 'aaaaaaaa-0000-4000-8000-000000000000';
const B = 'bbbbbbbb-0000-4000-8000-000000000000';
const rank = (scheduledAt: number, scheduling: number, attempt: number, execution = A): AttemptRank => ({
  execution,
  scheduling,
  attempt,
  scheduledAt,
});

const ROWS: [what: string, one: AttemptRank, other: AttemptRank, older: 'one' | 'other' | 'neither'][] = [
  ['a lower attempt of the same scheduling', rank(1_000, 1, 1), rank(12_000, 1, 2), 'one'],
  ['a higher attempt of an earlier scheduling', rank(50_000, 1, 9), rank(60_000, 2, 1), 'one'],
  ['a repair scheduled in the same millisecond', rank(1_000, 1, 1), rank(1_000, 1, 2), 'one'],
  ['an execution that was reset', rank(90_000, 7, 3, A), rank(95_000, 2, 1, B), 'one'],
  ['an attempt and itself', rank(1_000, 1, 1), rank(1_000, 1, 1), 'neither'],
  ['`temporal activity reset`: the number begins anew', rank(90_000, 1, 40), rank(95_000, 1, 1), 'neither'],
  ["the server's clock was set back between two phases", rank(90_000, 1, 1), rank(20_000, 2, 1), 'neither'],
  ["the server's clock was set back between two attempts", rank(90_000, 1, 1), rank(20_000, 1, 2), 'neither'],
];

for (const [what, one, other, older] of ROWS) {
  test(`which attempt is older: ${what}`, () => {
    assert.deepEqual([isOlder(one, other), isOlder(other, one)], [older === 'one', older === 'other']);
  });
}

const anyRank = fc.record(
  {
    execution: fc.constantFrom(A, B),
    scheduling: fc.integer({ min: 1, max: 3 }),
    attempt: fc.integer({ min: 1, max: 3 }),
    scheduledAt: fc.integer({ min: 0, max: 5 }),
  },
  { noNullPrototype: true },
);

test('of two attempts at most one is older, and its name in the folder says all of it', () => {
  fc.assert(
    fc.property(anyRank, anyRank, (one, other) => {
      assert.ok(!(isOlder(one, other) && isOlder(other, one)));
      assert.deepEqual(parseRank(`${rankText(one)}.0a1b2c3d`), one);
    }),
  );
});

test('a text that is not a rank gives none', () => {
  for (const text of ['', '.DS_Store', '1.2.3', '1.2.x.a', 'x.1.2.3', '1.2.3.', '-1.2.3.a'])
    assert.equal(parseRank(text), null, text);
});
