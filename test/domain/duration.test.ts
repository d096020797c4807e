import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration } from '../../src/domain/text/duration.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

test('times are shown as people say them', () => {
  assert.deepEqual(
    [850, 12_340, 245_000, 7_800_000, 299_999, 59_999, 999.7, 3_599_999, 86_399_999, 273_600_000, -5, NaN].map(
      formatDuration,
    ),
    [
      ...[
        '850 ms',
        '12.3 s',
        '4 min 5 s',
        '2 h 10 min',
        '5 min 0 s',
        '1 min 0 s',
        '1.0 s',
        '1 h 0 min',
        '1 d 0 h',
        '3 d 4 h',
      ],
      ...['0 ms', '0 ms'],
    ],
  );
});

test('no part of a time is full, and what is shown is the time but for half of its last part', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e11, noNaN: true }), (ms) => {
      const text = formatDuration(ms);
      const parts = [...text.matchAll(/([\d.]+) ([a-z]+)/g)].map(([, count, unit = '']) => ({
        count: Number(count),
        unit,
      }));
      assert.equal(
        parts
          .map(({ count, unit }) => `${unit === 's' && parts.length === 1 ? count.toFixed(1) : count} ${unit}`)
          .join(' '),
        text,
      );
      const most: Record<string, number> = { ms: 1_000, s: 60, min: 60, h: 24, d: Infinity };
      for (const { count, unit } of parts) assert.ok(count < most[unit]!, text);
      const shown = parts.reduce((sum, { count, unit }) => sum + count * UNITS[unit]!, 0);
      const last = parts.at(-1)!.unit;
      const step = last === 's' && parts.length === 1 ? 100 : UNITS[last]!;
      assert.ok(Math.abs(shown - ms) <= step / 2 + 0.5, `${ms} → ${text}`);
    }),
    { examples: [[299_999], [59_950], [59_949], [3_599_500], [86_370_000]] },
  );
});
