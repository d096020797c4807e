import { cut } from '../domain/failures.js';
import { withLf } from '../domain/text/line-ends.js';
import { decodeText } from '../domain/text/decode-text.js';

/** Longer lines are searched only up to here. Otherwise minified files would take most of the time and tell least. */
const MAX_LINE = 2_000;
const MAX_SHOWN = 300;

/** Lines as they are shown to the model, and how many files were not text. */
export interface FoundLines {
  lines: string[];
  skipped: number;
}

/**
 * Finds lines in files, with any kind of line end.
 *
 * @param expression - without the flags g and y
 * @param most - how many lines are wanted
 */
export function searchTexts(
  expression: RegExp,
  files: readonly { path: string; bytes: Uint8Array }[],
  most: number,
): FoundLines {
  const found: FoundLines = { lines: [], skipped: 0 };
  for (const { path, bytes } of files) {
    const text = decodeText(bytes);
    if (text === null) found.skipped += 1;
    else searchText(expression, path, text, found.lines, most);
    if (found.lines.length >= most) break;
  }
  return found;
}

function searchText(expression: RegExp, path: string, text: string, lines: string[], most: number): void {
  for (const [index, whole] of withLf(text).split('\n').entries()) {
    if (lines.length >= most) return;
    const line = whole.slice(0, MAX_LINE);
    if (expression.test(line)) lines.push(`${path}:${index + 1}: ${cut(line.trimEnd(), MAX_SHOWN)}`);
  }
}
