import { decodeText } from '../../domain/text/decode-text.js';
import { withLf } from '../../domain/text/line-ends.js';

/** The part of a file that is to be read. */
export interface PageAsked {
  /** Lines to skip. */
  offset: number;
  /** Most lines. */
  limit: number;
  /** Characters of the first line to skip; then it is the only one that is read. */
  column: number;
  /** Most bytes of the answer, but for its last line. */
  maxBytes: number;
}

/** A longer line is cut when it is read with others. */
const MOST_CHARACTERS = 2_000;

/** A line with its number, as `cat -n` has it. */
export function numbered(line: number, text: string): string {
  return `${String(line).padStart(6)}\t${text}`;
}

/**
 * Some lines of a file, with any kind of line end, for the model. Whatever is left out is named with how to read on.
 *
 * @returns null for a file that is not UTF-8 text
 */
export function readPage(bytes: Uint8Array, { offset, limit, column, maxBytes }: PageAsked): string | null {
  const text = decodeText(bytes);
  if (text === null) return null;
  if (text === '') return '(empty file)';
  const lines = withLf(text).split('\n');
  // what follows the last line end is no line
  if (lines.at(-1) === '') lines.pop();
  const count = lines.length;
  const first = lines[offset];
  if (first === undefined) return `[past the end: the file has only ${count} ${count === 1 ? 'line' : 'lines'}]`;
  if (column > 0 || limit === 1 || count === 1) {
    const end = offset + 1;
    return [partOfLine(first, end, column, maxBytes), ...readOn(offset, end, count)].join('\n');
  }
  const shown: string[] = [];
  let left = maxBytes;
  for (const line of lines.slice(offset, offset + limit)) {
    const number = offset + shown.length + 1;
    const row = numbered(number, line.length <= MOST_CHARACTERS ? line : beginning(line, number));
    left -= Buffer.byteLength(row) + 1;
    if (left < 0 && shown.length > 0) break;
    shown.push(row);
  }
  return [...shown, ...readOn(offset, offset + shown.length, count)].join('\n');
}

function readOn(offset: number, end: number, count: number): string[] {
  if (offset === 0 && end === count) return [];
  const which = end === offset + 1 ? `line ${end}` : `lines ${offset + 1} to ${end}`;
  return [`[${which} of ${count}${end < count ? `; read on with offset ${end}` : ''}]`];
}

function beginning(line: string, number: number): string {
  const shown = whole(line, 0, MOST_CHARACTERS);
  return `${shown}… [characters 1 to ${shown.length} of ${line.length}; read on with offset ${number - 1}, column ${shown.length}]`;
}

function partOfLine(line: string, number: number, asked: number, maxBytes: number): string {
  if (asked > 0 && asked >= line.length) return `[past the end: line ${number} has only ${line.length} characters]`;
  // a character outside the basic plane has two units
  const column = /[\uDC00-\uDFFF]/.test(line.charAt(asked)) && asked > 0 ? asked - 1 : asked;
  const bytes = Buffer.from(whole(line, column, column + maxBytes));
  // a character that was cut in two decodes to U+FFFD
  const shown =
    bytes.length <= maxBytes
      ? bytes.toString('utf8')
      : bytes
          .subarray(0, maxBytes)
          .toString('utf8')
          .replace(/\uFFFD$/, '');
  const end = column + shown.length;
  const row = numbered(number, shown);
  if (column === 0 && end >= line.length) return row;
  const more = end < line.length ? `; read on with offset ${number - 1}, column ${end}` : '';
  return `${row}\n[characters ${column + 1} to ${end} of ${line.length} of line ${number}${more}]`;
}

/** A part of a text that ends with a whole character. */
function whole(text: string, from: number, to: number): string {
  const part = text.slice(from, to);
  return to < text.length && /[\uD800-\uDBFF]$/.test(part) && part.length > 1 ? part.slice(0, -1) : part;
}
