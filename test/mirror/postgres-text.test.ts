import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromStored, fromStoredJson, toStored, toStoredJson } from '../../src/mirror/postgres-text.js';
import { anyText } from '../support/any-text.js';

const nasty = fc.string({
  unit: fc.constantFrom('\u0000', '\uD800', '\uDC00', '⟦', '⟧', 'u', '0', 'a', 'x', '🙂', '⟦u0000⟧'),
});

test('every text comes back as it was, and what is stored has no NUL and no half of a pair', () => {
  fc.assert(
    fc.property(fc.oneof(nasty, anyText()), (text) => {
      const stored = toStored(text);
      assert.equal(fromStored(stored), text);
      assert.doesNotMatch(stored, /\u0000/);
      assert.equal(Buffer.from(stored).toString(), stored, 'it is well formed');
    }),
    { numRuns: 500 },
  );
});

test('ordinary texts stay as they are', () => {
  for (const text of ['', 'design', '漢字 🙂', 'a\nb', '⟦', '⟦u⟧']) assert.equal(toStored(text), text);
});

test('JSON values come back as they were, keys too', () => {
  fc.assert(
    fc.property(
      fc.dictionary(nasty, fc.oneof(nasty, fc.array(nasty), fc.double({ noNaN: true, noDefaultInfinity: true }))),
      (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as object;
        assert.deepEqual(fromStoredJson(toStoredJson(plain)), plain);
      },
    ),
  );
});
