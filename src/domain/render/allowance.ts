/** Who writes the blocks: each needs other marks around them, and other characters for those of a text. */
export type Format = 'markdown' | 'html';

interface Cost {
  /** The marks around a block, an item or a cell, at most. */
  block: number;
  /** A line of a text: its end, what is set before it in a nested list, spaces that do not break. */
  line: number;
  /** Of characters that take more bytes than their own. A backtick may be the begin of code. */
  marks: ReadonlyMap<number, number>;
}

const costs = (bytes: Readonly<Record<number, string>>): Cost['marks'] =>
  new Map(
    Object.entries(bytes).flatMap(([cost, marks]) => [...marks].map((mark) => [mark.charCodeAt(0), Number(cost)])),
  );

const COSTS: Readonly<Record<Format, Cost>> = {
  // `escapeMarkdown` sets a backslash, and a gap of three bytes after `www`, `/` and `@`
  markdown: { block: 40, line: 40, marks: costs({ 2: '\\*_[]{}()#!|<>~&:$', 4: '/', 5: '@.', 8: '`' }) },
  html: { block: 70, line: 2, marks: costs({ 4: '<>', 5: "&'", 6: '"', 8: '`' }) },
};
/** What the notes at a cut take. */
const RESERVED_BYTES = 200;
/** The Markdown writer takes no longer line. */
const MAX_LINE = 8_000;

/**
 * How much may still be shown. It counts what a text takes at most once it is escaped, so that the result stays within
 * the limit without being measured.
 */
export class Allowance {
  /** Something did not fit. */
  cut = false;
  private left: number;
  private readonly cost: Cost;

  constructor(bytes: number, format: Format) {
    this.left = bytes - RESERVED_BYTES;
    this.cost = COSTS[format];
  }

  /** Takes the marks of a block or of a cell, where there is room for them. */
  block(): boolean {
    if (this.left < this.cost.block) {
      this.cut = true;
      return false;
    }
    this.left -= this.cost.block;
    return true;
  }

  /** As much of a text as fits, with lines that are not too long. */
  take(text: string): string {
    let line = 0;
    let lines = '';
    let from = 0;
    for (let at = 0; at < text.length;) {
      const code = text.codePointAt(at) ?? 0;
      const length = code > 0xffff ? 2 : 1;
      this.left -= this.bytesOf(code);
      if (this.left < 0) {
        this.cut = true;
        return `${lines}${text.slice(from, at)}…`;
      }
      at += length;
      line = code === 10 || code === 13 ? 0 : line + length;
      if (line < MAX_LINE) continue;
      lines += `${text.slice(from, at)}\n`;
      this.left -= this.cost.line;
      from = at;
      line = 0;
    }
    return lines + text.slice(from);
  }

  private bytesOf(code: number): number {
    if (code === 10 || code === 13) return this.cost.line;
    if (code < 0x80) return this.cost.marks.get(code) ?? 1;
    if (code < 0x800) return 2;
    return code < 0x10000 ? 3 : 4;
  }
}
