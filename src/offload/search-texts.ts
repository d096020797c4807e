import { cut } from '../domain/failures.js';
import { withLf } from '../domain/text/line-ends.js';
import { decodeText } from '../domain/text/decode-text.js';

/** Longer lines are searched in pieces of this length, with something of the piece before. */
const PIECE = 16_384;
const OVERLAP = 1_024;
const MAX_SHOWN = 300;
/** What is shown of a long line before its match. */
const BEFORE_MATCH = 100;

/** The lines of a file that match, as far as they are kept. */
export interface FoundInFile {
  path: string;
  /** How many lines match. */
  count: number;
  /** Each match with the lines around it, as the model sees them. */
  matches: string[][];
}

/** What is kept of each file. */
export interface SearchKept {
  /** Most matches. */
  matches: number;
  /** Lines before and after each. */
  around: number;
}

/**
 * Finds lines in files, with any kind of line end. A file of which no line matches is left out.
 *
 * @param expression - without the flags g and y
 * @returns what was found, and how many files were not text
 */
export function searchTexts(
  expression: RegExp,
  files: readonly { path: string; bytes: Uint8Array }[],
  kept: SearchKept,
): { found: FoundInFile[]; skipped: number } {
  const found: FoundInFile[] = [];
  let skipped = 0;
  for (const { path, bytes } of files) {
    const text = decodeText(bytes);
    if (text === null) skipped += 1;
    else {
      const inFile = searchText(expression, path, withLf(text).split('\n'), kept);
      if (inFile.count > 0) found.push(inFile);
    }
  }
  return { found, skipped };
}

function searchText(expression: RegExp, path: string, lines: readonly string[], kept: SearchKept): FoundInFile {
  const inFile: FoundInFile = { path, count: 0, matches: [] };
  let shown = 0;
  for (const [n, whole] of lines.entries()) {
    const place = placeIn(expression, whole);
    if (place < 0) continue;
    inFile.count += 1;
    if (inFile.matches.length >= kept.matches) continue;
    const match: string[] = [];
    // lines that the match before has shown already are not shown again
    for (let at = Math.max(shown, n - kept.around); at < Math.min(lines.length, n + kept.around + 1); at++) {
      // a line with a match of its own is shown as that
      if (at > n && placeIn(expression, lines[at] ?? '') >= 0) break;
      if (at === lines.length - 1 && at !== n && lines[at] === '') break;
      const mark = at === n ? ':' : '-';
      match.push(`${path}${mark}${at + 1}${mark} ${shownPart(lines[at] ?? '', at === n ? place : 0)}`);
      shown = at + 1;
    }
    inFile.matches.push(match);
  }
  return inFile;
}

/** Where a line matches; -1 where it does not. */
function placeIn(expression: RegExp, line: string): number {
  if (line.length <= PIECE) return line.search(expression);
  const { source } = expression;
  for (let from = 0; from < line.length; from += PIECE - OVERLAP) {
    const isLast = from + PIECE >= line.length;
    // an anchor is for the line, and not for a piece of it
    if ((from > 0 && source.startsWith('^')) || (!isLast && source.endsWith('$'))) continue;
    const at = line.slice(from, from + PIECE).search(expression);
    if (at >= 0) return from + at;
    if (isLast) break;
  }
  return -1;
}

/** A line, or the part of a long one in which the match is. */
function shownPart(line: string, place: number): string {
  const from = place + 20 > MAX_SHOWN ? place - BEFORE_MATCH : 0;
  return `${from > 0 ? '…' : ''}${cut(line.slice(from, from + 4 * MAX_SHOWN).trimEnd(), MAX_SHOWN)}`;
}
