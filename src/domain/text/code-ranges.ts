/** Code points from the first to the last. */
export type CodeRange = readonly [first: number, last: number];

const LAST = 0x10ffff;

/** The meaning of `.`, `\d`, `\s` and `\w` in ECMA-262 with the flag `u`, and without `i` and `s`. */
const SETS: Readonly<Record<'any' | 'digit' | 'space' | 'word', readonly CodeRange[]>> = {
  any: allBut([
    [0x0a, 0x0a],
    [0x0d, 0x0d],
    [0x2028, 0x2029],
  ]),
  digit: [[0x30, 0x39]],
  word: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  space: [
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ],
};

/** The code points of a set that has a name of its own. */
export function rangesOf(set: keyof typeof SETS, negate: boolean): readonly CodeRange[] {
  return negate ? allBut(SETS[set]) : SETS[set];
}

const properties = new Map<string, readonly CodeRange[]>();

/**
 * The code points of a Unicode property, as this version of Node has it. Finding them takes some 100 ms, once.
 *
 * @param escape - such as `\p{Lu}` or `\P{Script=Greek}`
 */
export function propertyRanges(escape: string): readonly CodeRange[] {
  const known = properties.get(escape);
  if (known) return known;
  const pattern = new RegExp(`^${escape}$`, 'u');
  const ranges: CodeRange[] = [];
  let first = -1;
  for (let code = 0; code <= LAST + 1; code++) {
    const belongs = code <= LAST && pattern.test(String.fromCodePoint(code));
    if (belongs && first < 0) first = code;
    if (belongs || first < 0) continue;
    ranges.push([first, code - 1]);
    first = -1;
  }
  properties.set(escape, ranges);
  return ranges;
}

/** All code points that are in none of the ranges. */
export function allBut(ranges: readonly CodeRange[]): readonly CodeRange[] {
  const rest: CodeRange[] = [];
  let next = 0;
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    if (first > next) rest.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  return next <= LAST ? [...rest, [next, LAST]] : rest;
}

/** Ranges as a class of characters in RE2's syntax. */
export function textOfRanges(ranges: readonly CodeRange[]): string {
  if (ranges.length === 0) return `[^\\x{0}-\\x{${LAST.toString(16)}}]`;
  return `[${ranges.map(([first, last]) => (first === last ? code(first) : `${code(first)}-${code(last)}`)).join('')}]`;
}

function code(point: number): string {
  return `\\x{${point.toString(16)}}`;
}
