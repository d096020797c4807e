import { cut } from '../domain/failures.js';
import { withLf } from '../domain/text/line-ends.js';
import { decodeText } from '../domain/text/decode-text.js';

/** Longer lines are searched only up to here. Otherwise minified files would take most of the time and tell least. */
const MAX_LINE = 2_000;
const MAX_SHOWN = 300;

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
    if (!expression.test(whole.slice(0, MAX_LINE))) continue;
    inFile.count += 1;
    if (inFile.matches.length >= kept.matches) continue;
    const match: string[] = [];
    // lines that the match before has shown already are not shown again
    for (let at = Math.max(shown, n - kept.around); at < Math.min(lines.length, n + kept.around + 1); at++) {
      // a line with a match of its own is shown as that
      if (at > n && expression.test((lines[at] ?? '').slice(0, MAX_LINE))) break;
      if (at === lines.length - 1 && at !== n && lines[at] === '') break;
      const mark = at === n ? ':' : '-';
      match.push(`${path}${mark}${at + 1}${mark} ${cut((lines[at] ?? '').slice(0, MAX_LINE).trimEnd(), MAX_SHOWN)}`);
      shown = at + 1;
    }
    inFile.matches.push(match);
  }
  return inFile;
}
