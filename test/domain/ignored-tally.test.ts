import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IGNORE_REASONS } from '../../src/domain/gate-decisions.js';
import { IgnoredTally, MAX_RECORDED, type IgnoredCount } from '../../src/domain/ignored-tally.js';

const AT = '2026-11-25T10:00:00.000Z';

test('the first messages without effect are recorded each, the others are counted by their reason', () => {
  const tally = new IgnoredTally();
  const recorded = Array.from({ length: MAX_RECORDED + 3 }, (_, n) =>
    tally.add(n % 2 ? 'malformed' : 'unknown_signal', `${n}`),
  );
  assert.deepEqual([recorded.indexOf(false), recorded.filter(Boolean).length], [MAX_RECORDED, MAX_RECORDED]);
  assert.equal(tally.total, MAX_RECORDED + 3);
  assert.deepEqual(tally.take(), {
    count: 3,
    reasons: { unknown_signal: 2, malformed: 1 },
    firstAt: '100',
    lastAt: '102',
  });
  assert.equal(tally.take(), null);
});

test('whatever comes and whenever it is written: nothing is lost, nothing is counted twice, and what is kept stays small', () => {
  const step = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...IGNORE_REASONS) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_000 }), (steps) => {
      const tally = new IgnoredTally();
      const written: IgnoredCount[] = [];
      let recorded = 0;
      for (const reason of [...steps, null]) {
        if (reason !== null) recorded += tally.add(reason, AT) ? 1 : 0;
        else written.push(...[tally.take()].filter((count) => count !== null));
        assert.ok(JSON.stringify(written.at(-1) ?? '').length < 2_000);
      }
      const sent = steps.filter((reason) => reason !== null);
      assert.equal(recorded, Math.min(sent.length, MAX_RECORDED));
      assert.equal(
        written.reduce((sum, { count }) => sum + count, recorded),
        sent.length,
      );
      for (const { count, reasons } of written)
        assert.equal(
          Object.values(reasons).reduce((sum, n) => sum + n, 0),
          count,
        );
      assert.equal(tally.hasCounted, false);
    }),
  );
});
