import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memberText, prettyJson, rewriteJson, textsAt } from '../../src/domain/text/rewrite-json.js';
import { parseStrictJson } from '../../src/domain/text/strict-json.js';

const indents = fc.constantFrom(undefined, 1, '\t', 4);

test('a text is laid out anew as JSON.stringify would, and on one line without spaces', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), indents, (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.equal(prettyJson(text), `${JSON.stringify(value, null, 2)}\n`);
      assert.equal(rewriteJson(text, { indent: 0 }), JSON.stringify(value));
    }),
    { numRuns: 500 },
  );
});

test('what a parsed value loses is kept: digits, repeated keys, escapes, -0 and __proto__', () => {
  const text =
    '{"a":9007199254740993,"a":1e400,"b":-0,"c":"\\ud800\\u0000\\/","__proto__":[1234567890123456789012345678,0.10]}';
  assert.equal(rewriteJson(prettyJson(text), { indent: 0 }), text);
});

test('the text of a member is what parsing it gives', () => {
  const object = fc.dictionary(fc.constantFrom('artifact', 'a', '', '__proto__', '"'), fc.jsonValue({ maxDepth: 3 }));
  fc.assert(
    fc.property(object, fc.constantFrom('artifact', 'a', '', '"', 'none'), indents, (value, name, indent) => {
      const member = memberText(JSON.stringify(value, null, indent), name);
      assert.equal(member === undefined ? undefined : JSON.stringify(JSON.parse(member)), JSON.stringify(value[name]));
    }),
    { numRuns: 500 },
  );
  assert.equal(memberText('{"a":1,"a":{"b":2}}', 'a'), '{"b":2}');
  assert.equal(memberText('{"\\u0061": [ 1e400 ] }', 'a'), '[ 1e400 ]');
});

test('the texts at a path are found wherever they stand, and nowhere else', () => {
  const text =
    '{"x": [1], "c": [{"m": {"t": [{"f": {"a": {"a": 0.10}}}, 7, {"f": {"a": [ ]}}, {"f": {}}]}}, {"m": 1}]}';
  const found = textsAt(text, ['c', 0, 'm', 't', null, 'f', 'a']);
  assert.deepEqual(
    found.map(({ at, text }) => [at[4], text]),
    [
      [0, '{"a": 0.10}'],
      [2, '[ ]'],
    ],
  );
  assert.deepEqual(textsAt('[1,"b"]', []), [{ at: [], text: '[1,"b"]' }]);
});

const isStrict = (text: string): boolean => 'value' in parseStrictJson(text, 64);
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test('JSON.parse and the strict reader agree on what is JSON', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '"\\u12',
    '"',
    '\\',
    '1',
    '-',
    '0',
    '.',
    'e',
    '+5',
    'true',
    'null',
    'nul',
    ' ',
    '\n',
    '\u00a0',
    '\t',
    '/',
    '\u0001',
  );
  let valid = 0;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 9 }), (parts) => {
      const text = parts.join('');
      const hasKeyTwice = /"(.)".*"\1"/.test(text);
      valid += Number(isJson(text));
      assert.ok(isStrict(text) === isJson(text) || (hasKeyTwice && isJson(text)), JSON.stringify(text));
    }),
    { numRuns: 20_000 },
  );
  assert.ok(valid > 100, `${valid} were JSON`);
});
