import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type MarkedPass,
  type ReconcileMark,
  earlier,
  lookSince,
  lookedUntil,
  OVERLAP_MS,
} from '../../src/domain/record/reconcile.js';

const at = (lookedUntilThen: string): ReconcileMark => ({ lookedUntil: lookedUntilThen, sweptTo: null });
const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 29);
const time = fc.integer({ min: NOW - 30 * DAY_MS, max: NOW + 30 * DAY_MS });

test('the first pass asks for all that closed, a later one for what closed since an hour before the mark', () => {
  assert.equal(lookSince({ beganAt: NOW, mark: null }), null);
  assert.equal(lookSince({ beganAt: NOW, mark: at('2026-11-28T12:00:00.000Z') }), '2026-11-28T11:00:00.000Z');
});

test('a mark in the future is of a clock that was wrong: everything is looked at, and the mark goes back', () => {
  assert.equal(lookSince({ beganAt: NOW, mark: at('2027-01-01T00:00:00.000Z') }), null);
  assert.equal(
    lookedUntil({ beganAt: NOW, settleMs: 0, mark: at('2027-01-01T00:00:00.000Z') }, null),
    '2026-11-29T00:00:00.000Z',
  );
});

test('whatever passes follow each other, and though lists lag by almost an hour, no run is left out', () => {
  const passes = fc.array(
    fc.record({ at: time, settleMs: fc.integer({ min: 0, max: 3 * DAY_MS }), left: fc.option(time) }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(passes, time, fc.integer({ min: 0, max: OVERLAP_MS - 1 }), (unsorted, closedAt, lagMs) => {
      let mark: ReconcileMark | null = null;
      let isClosed = false;
      for (const { at: now, settleMs, left } of [...unsorted].sort((a, b) => a.at - b.at)) {
        const pass: MarkedPass = { beganAt: now, settleMs, mark };
        const since = lookSince(pass);
        const isListed = now >= closedAt + lagMs && (since === null || closedAt >= Date.parse(since));
        const isYoung = now - settleMs < closedAt;
        if (isListed && !isYoung) isClosed = true;
        const leftSince = earlier(
          isListed && isYoung ? new Date(closedAt).toISOString() : null,
          left === null ? null : new Date(left).toISOString(),
        );
        mark = at(lookedUntil(pass, leftSince));
        // what a later pass would still ask for
        const next = lookSince({ beganAt: Number.MAX_SAFE_INTEGER, mark });
        assert.ok(
          isClosed || next === null || closedAt >= Date.parse(next),
          `closed at ${closedAt}, the next pass asks since ${next}`,
        );
      }
    }),
  );
});
