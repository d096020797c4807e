import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, contentHash, sha256 } from '../../src/domain/text/hash.js';

test('S14: sha256 covers the whole content', () => {
  assert.equal(sha256(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const long = 'x'.repeat(1_000);
  assert.notEqual(sha256(`${long}a`), sha256(`${long}b`));
});

test('S03: the content hash does not depend on the order of keys', () => {
  assert.equal(contentHash({ a: 1, b: { c: [1, 2], d: null } }), contentHash({ b: { d: null, c: [1, 2] }, a: 1 }));
  assert.notEqual(contentHash({ a: [1, 2] }), contentHash({ a: [2, 1] }));
});

test('canonical JSON is JSON of an equal value, and stable', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      assert.equal(
        JSON.stringify(sortDeep(JSON.parse(text))),
        JSON.stringify(sortDeep(JSON.parse(JSON.stringify(value)))),
      );
      assert.equal(canonicalJson(JSON.parse(text)), text);
    }),
  );
});

function sortDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([key, member]) => [key, sortDeep(member)])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}
