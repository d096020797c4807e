import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linearPattern, PatternProblem } from '../../src/domain/text/linear-pattern.js';

/** JSON Schema's own reading of a pattern. */
const native = (pattern: string): RegExp => new RegExp(pattern, 'u');

const PATTERNS = [
  '^\\s+$',
  '^\\S$',
  '^.$',
  '^[^]$',
  '^[]$',
  '^\\w+$',
  '^\\W$',
  '^\\d{2,3}$',
  '\\bfoo\\b',
  '\\Boo',
  '^\\p{L}+$',
  '^\\P{Letter}$',
  '^\\p{Script=Greek}$',
  '^\\p{sc=Han}$',
  '^[\\p{Lu}\\d_-]+$',
  '^\\p{Emoji}$',
  '^[^\\p{L}\\s]+$',
  '^\\u00e9$',
  '^\\u{1F600}$',
  '^\\cJ$',
  '^\\x41$',
  '^\\0$',
  '^[\\b]$',
  '^\\/$',
  '^(?<year>\\d{4})-(?<m>\\d\\d)$',
  '^[a&&b]$',
  '^[[]$',
  '^\\ud83d\\ude00$',
  '^\\ud83d$',
  'a|b|',
  '^(?:a|ab)(?:c|bcd)(?:d*)$',
  '^(a+)+$',
  '^(\\w+\\s?)*$',
  '^a{0}$',
  '^a{3}$',
  '^a{2,}?b*?$',
  '^[A-Z]{2}\\.[^,]*$',
  '^\\$\\{x\\}$',
  '^$',
  '',
  'a$|^b',
  '^\\t\\n\\v\\f\\r$',
  '^[\\d-]$',
  '^[\\s\\S]*$',
  '^[^\\W]$',
  '^.{1,5000}$',
  '^[^]{0,65535}$',
  '^[a-z]{3}-.*\\d{2}$',
  '^a*b*$',
  '^(?:[a-z]{1,63}\\.){1,20}$',
  '^(?:(?:x{0,10}){0,10}){0,5}$',
  '^(a?){50}a{50}$',
];
const CHARACTERS = [
  'a',
  'b',
  'c',
  'd',
  'f',
  'o',
  'x',
  'A',
  'Z',
  '1',
  '2',
  '0',
  '_',
  '-',
  ' ',
  '\t',
  '\n',
  '\r',
  '\v',
  '\f',
  '\u00a0',
  '\u2028',
  '\u2029',
  '\ufeff',
  'é',
  'ſ',
  'K',
  'α',
  '語',
  '😀',
  '\ud83d',
  '\ude00',
  '\0',
  '\b',
  '/',
  '.',
  '$',
  '[',
  '&',
  '{',
  '}',
  ',',
];
const texts = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 8 }).map((parts) => parts.join(''));

test('a pattern matches what JavaScript matches, by the flag u', () => {
  for (const pattern of PATTERNS) {
    const [ours, theirs] = [linearPattern(pattern), native(pattern)];
    for (const text of [
      ...CHARACTERS,
      'foo',
      'a foo b',
      'afoo',
      'abcd',
      'aaa',
      'aab',
      '2026-11',
      'AB.c',
      '${x}',
      '\t\n\v\f\r',
      'x'.repeat(60),
      'a\n',
      'ab.cd.',
      'a'.repeat(75),
    ]) {
      assert.equal(ours.test(text), theirs.test(text), `${pattern} on ${JSON.stringify(text)}`);
    }
  }
});

test('so it does for patterns and texts of any make', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '\\d',
    '\\w',
    '\\s',
    '\\S',
    '\\W',
    '[ab]',
    '[^a]',
    '[^\\w]',
    '[\\s1]',
    '\\b',
    '\\B',
    '^',
    '$',
    '(?:a|b)',
    '(?:|a)',
    '\\u00e9',
    '\\p{Ll}',
    '\\P{Lu}',
    '😀',
    '\\ud83d',
    '[\\ud800-\\udfff]',
    '[^]',
  );
  const counted = fc
    .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '*?', '{0,2}?'))
    .map(([one, times]) => (/^(\\[bB]|[\^$])$/.test(one) ? one : one + times));
  const sequence = fc.array(counted, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  const pattern = fc.oneof(
    sequence,
    fc.tuple(sequence, sequence).map(([one, other]) => `(?:${one}|${other})+`),
    sequence.map((one) => `^(?:${one})$`),
  );
  let matched = 0;
  fc.assert(
    fc.property(pattern, fc.array(texts, { minLength: 5, maxLength: 5 }), (source, samples) => {
      const [ours, theirs] = [linearPattern(source), native(source)];
      for (const text of samples) {
        matched += Number(theirs.test(text));
        assert.equal(ours.test(text), theirs.test(text), `${source} on ${JSON.stringify(text)}`);
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(matched > 500, `${matched} matched`);
});

test('what takes JavaScript for ever takes no time', () => {
  const slow: [pattern: string, text: string][] = [
    ['^(\\w+\\s?)*$', `${'a'.repeat(1_000_000)}!`],
    ['^(a|aa)+$', `${'a'.repeat(1_000_000)}!`],
    ['^([a-z]*)*@', 'a'.repeat(1_000_000)],
    ['(x+x+)+y', 'x'.repeat(1_000_000)],
    ['\\s+$', `${' '.repeat(1_000_000)}!`],
    ['.*.*.*=.*', 'x'.repeat(200_000)],
    ['^.{1,5000}$', 'x'.repeat(1_000_000)],
    ['^\\d+x$', '1'.repeat(1_000_000)],
    ['^a*a{1000}$', `${'a'.repeat(300_000)}!`],
    ['^(?:x{0,30}){0,60}$', `${'x'.repeat(1_000)}!`],
  ];
  for (const [pattern, text] of slow) {
    const compiled = linearPattern(pattern);
    const before = process.cpuUsage().user;
    assert.equal(compiled.test(text), false);
    const ms = (process.cpuUsage().user - before) / 1_000;
    assert.ok(ms < 15_000, `${pattern} took ${ms} ms`);
  }
});

test('what can not be matched in linear time is refused, with the place', () => {
  const refused: [pattern: string, message: RegExp][] = [
    ['^(?!x)', /look-ahead, \(\?!x\) at character 2/],
    ['a(?=b)', /look-ahead/],
    ['(?<=a)b', /look-behind/],
    ['(?<!a)b', /look-behind/],
    ['(a)\\1', /back-reference, \\1 at character 4/],
    ['(?<n>a)\\k<n>', /back-reference/],
    ['(', /not a regular expression: Unterminated group/],
    ['\\Qa', /not a regular expression: Invalid escape/],
    ['(?i)a', /not a regular expression: Invalid group/],
    ['a{,3}', /not a regular expression/],
    ['b?a{20000}', /repeats its parts more than 2000 times/],
    ['^a*a{20000}c$', /repeats its parts more than 2000 times/],
    ['((a{100}){100}){100}', /repeats its parts/],
    ['('.repeat(5_000) + ')'.repeat(5_000), /nest/],
    ['a'.repeat(30_000), /30000 characters/],
  ];
  for (const [pattern, message] of refused) {
    assert.throws(
      () => linearPattern(pattern),
      (error) => error instanceof PatternProblem && error.pattern === pattern && message.test(error.message),
      pattern.slice(0, 40),
    );
  }
});

test('no text makes it throw anything else', () => {
  const pieces = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '?',
    '*',
    '+',
    '\\',
    '^',
    '$',
    '|',
    'a',
    '1',
    ',',
    '-',
    ':',
    '<',
    '=',
    '!',
    'p',
    'u',
    'x',
    'k',
    '&',
    '\ud800',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const source = parts.join('');
      try {
        linearPattern(source);
      } catch (error) {
        assert.ok(error instanceof PatternProblem, `${source}: ${String(error)}`);
        return;
      }
      assert.doesNotThrow(() => native(source), source);
    }),
    { numRuns: 3_000 },
  );
});
