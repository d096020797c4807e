import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differentPeople, isAmong, isSamePerson, namesSomebody, personKey } from '../../src/domain/person.js';
import { anyText } from '../support/any-text.js';

const SAME: [what: string, one: string, other: string][] = [
  ['case', 'Ann', 'aNN'],
  ['spaces at the ends', ' ann\n', 'ann'],
  ['kinds and number of spaces', 'Ann\u00a0 \u2003\u3000Lee', 'ann lee'],
  ['composed and decomposed', 'Jos\u00e9', 'Jose\u0301'],
  ['marks in another order', 'a\u0323\u0302', 'a\u0302\u0323'],
  ['full width', '\uff21\uff4e\uff4e', 'ann'],
  ['a ligature', 'o\ufb03ce', 'office'],
  ['zero width space, joiner and non-joiner', 'a\u200bn\u200dn\u200c', 'ann'],
  ['bidi marks and isolates', '\u202eann\u202c\u2066\u2069\u200e\u200f\u061c', 'ann'],
  ['byte order mark, soft hyphen, word joiner', '\ufeffa\u00adn\u2060n', 'ann'],
  ['variation selectors and tags', 'a\ufe0fn\u{e0100}n\u{e0061}', 'ann'],
  ['fillers of Hangul and Braille', 'ann\u3164\u115f\uffa0\u2800', 'ann'],
  ['control characters', 'a\u0000n\u0007n\u009f', 'ann'],
  ['sharp s', 'Stra\u00dfe', 'STRASSE'],
  ['capital sharp s', 'STRA\u1e9eE', 'strasse'],
  ['final sigma', '\u039f\u0394\u039f\u03a3', '\u03bf\u03b4\u03bf\u03c2'],
  ['Turkish i with a dot', '\u0130brahim', 'ibrahim'],
  ['Turkish i without one', '\u0131an', 'IAN'],
  ['the Kelvin sign', '\u212aim', 'kim'],
];

for (const [what, one, other] of SAME)
  test(`the same person: ${what}`, () =>
    assert.ok(isSamePerson(one, other), JSON.stringify([personKey(one), personKey(other)])));

test('other people: other letters, accents, digits, words, scripts', () => {
  for (const other of ['anna', 'änn', 'ann2', 'an n', 'ann.', '@ann', '\u0430nn', 'ann\ud83d\ude42'])
    assert.ok(!isSamePerson('ann', other), other);
});

const INVISIBLE = [
  '\u200b',
  '\u200c',
  '\u200d',
  '\u200e',
  '\u200f',
  '\u2060',
  '\u2066',
  '\u2069',
  '\u202a',
  '\u202e',
  '\ufeff',
  '\u00ad',
  '\u034f',
  '\u061c',
  '\u180e',
  '\ufe0f',
  '\u{e0001}',
  '\u{e01ef}',
  '\u0000',
  '\u001b',
];
const SPACE = [
  ' ',
  '\t',
  '\n',
  '\r',
  '\u00a0',
  '\u1680',
  '\u2000',
  '\u2009',
  '\u200a',
  '\u2028',
  '\u202f',
  '\u205f',
  '\u3000',
  '\u0085',
];
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const words = anyText({ maxLength: 40 });

test('no invisible character, form, case or space around a name makes another person of it', () => {
  const sprinkled = fc.tuple(
    name,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...INVISIBLE))),
    fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'),
    fc.array(fc.constantFrom(...SPACE, ...INVISIBLE)),
  );
  fc.assert(
    fc.property(sprinkled, ([plain, marks, form, around]) => {
      const letters = [...plain];
      for (const [at, mark] of marks) letters.splice(at % (letters.length + 1), 0, mark);
      const odd = `${around.join('')}${letters.join('').normalize(form)}${around.reverse().join('')}`;
      assert.equal(personKey(odd), personKey(plain));
    }),
    { numRuns: 2_000 },
  );
});

test('the key of a key is the key; whether two names are one person does not depend on their order', () => {
  fc.assert(
    fc.property(fc.oneof(words, name), fc.oneof(words, name), (one, other) => {
      assert.equal(personKey(personKey(one)), personKey(one));
      assert.equal(isSamePerson(one, other), isSamePerson(other, one));
      assert.equal(isSamePerson(one, one), namesSomebody(one));
      assert.equal(isAmong(one, [other]), isSamePerson(one, other));
      assert.ok(!/[\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(personKey(one)));
    }),
    { numRuns: 2_000 },
  );
});

test('what nobody can see names nobody, and is not the same as itself', () => {
  for (const nobody of ['', ' ', '\u200b', '\u00a0\u2800', '\u202e\u3164', '\n']) {
    assert.ok(!namesSomebody(nobody));
    assert.ok(!isSamePerson(nobody, nobody));
  }
  assert.deepEqual(differentPeople(['Ann', 'bob', 'ann ', '\u200b', 'BOB', 'eve']), ['Ann', 'bob', 'eve']);
});
