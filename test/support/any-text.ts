import fc from 'fast-check';

/** The halves of surrogate pairs are not characters of their own. */
const [FIRST_HALF, HALVES, CHARACTERS] = [0xd800, 0x800, 0x110000 - 0x800];
const character = fc.nat({ max: CHARACTERS - 1 }).map((n) => String.fromCodePoint(n < FIRST_HALF ? n : n + HALVES));

/**
 * Texts of any characters at all. fast-check's own unit `binary` makes the same, but it makes a table of a million
 * characters first, which takes each process up to two seconds.
 */
export function anyText(length: Pick<fc.StringConstraints, 'minLength' | 'maxLength'> = {}): fc.Arbitrary<string> {
  return fc.string({ unit: character, ...length });
}
