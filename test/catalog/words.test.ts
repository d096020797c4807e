import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDuration } from '../../src/domain/text/duration.js';
import { editDistance, nearestName } from '../../src/domain/text/nearest-name.js';

test('S10: durations are a whole number and a unit', () => {
  assert.deepEqual(
    ['500ms', '300s', '20m', '1h', '3d', '0s'].map(parseDuration),
    [500, 300_000, 1_200_000, 3_600_000, 259_200_000, 0],
  );
  for (const text of ['', '5', 's', '1.5h', '-1s', '1 h', '1H', '1w', '1h30m', '9999999999s', '٣s'])
    assert.equal(parseDuration(text), undefined, text);
});

test('the nearest name is what a slip of the hand was meant to be, or nothing', () => {
  const fields = ['name', 'version', 'backend', 'model', 'systemPrompt', 'maxOutputTokens', 'temperature'];
  const expected: Record<string, string | undefined> = {
    promt: 'systemPrompt',
    prompt: 'systemPrompt',
    system_prompt: 'systemPrompt',
    SYSTEMPROMPT: 'systemPrompt',
    modle: 'model',
    nmae: 'name',
    temprature: 'temperature',
    backends: 'backend',
    'max-output-tokens': 'maxOutputTokens',
    zebra: undefined,
    x: undefined,
    '': undefined,
    ['n'.repeat(10_000)]: undefined,
  };
  for (const [written, meant] of Object.entries(expected))
    assert.equal(nearestName(written, fields), meant, written.slice(0, 20));
});

test('the nearest name to a known name is that name', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{2,12}$/), { minLength: 1 }), (known) =>
      assert.equal(nearestName(known[0]!, known), known[0]),
    ),
  );
});

test('edit distance is symmetric, zero only for equals, and at most the longer length', () => {
  const short = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(short, short, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance <= Math.max(a.length, b.length));
    }),
  );
  assert.equal(editDistance('form', 'from'), 1, 'two swapped letters are one slip');
});
