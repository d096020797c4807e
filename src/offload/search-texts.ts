import { cut } from '../domain/failures.js';
import { withLf } from '../domain/text/line-ends.js';
import { decodeText } from '../domain/text/decode-text.js';

/** Longer lines are searched up to here: minified files would else cost the most and tell the least. */
const MAX_LINE = 2_000;
const MAX_SHOWN = 300;

/** Lines as the model is shown them, and how many files were no text. */
export interface FoundLines {
  lines: string[];
  skipped: number;
}

/**
 * Finds lines in files, however they end.
 *
 * @param expression - without the flags g and y
 * @param most - lines that are wanted
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
