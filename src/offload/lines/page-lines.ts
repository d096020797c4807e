/** A part of a text, line by line. */
export interface PageOfLines {
  text: string;
  /** Number of the last line of it, from 1. */
  end: number;
  /** How many lines there are. */
  count: number;
}

const MOST_LINE = 1_000;

/**
 * Lines of a program's output. A long line is cut, and the page ends before it has too many characters.
 *
 * @param output - UTF-8, as far as it is text
 * @param offset - lines to skip
 * @param most - lines to give
 * @param characters - the page ends there, after at least one line
 */
export function pageLines(output: Uint8Array, offset: number, most: number, characters: number): PageOfLines {
  const lines = Buffer.from(output).toString('utf8').replace(/\n$/, '').split('\n');
  const page: string[] = [];
  let size = 0;
  for (const line of lines.slice(offset, offset + most)) {
    const shown = line.length > MOST_LINE ? `${line.slice(0, MOST_LINE)}… [${line.length - MOST_LINE} more]` : line;
    size += shown.length + 1;
    if (size > characters && page.length > 0) break;
    page.push(shown);
  }
  return { text: page.join('\n'), end: offset + page.length, count: lines.length };
}
