const LINE_END = /\r\n|\r|\n/g;
const BOM = '\uFEFF';

/**
 * A text with all line ends as LF, and without a byte order mark. Agents see files in this form, and their texts are
 * compared in it.
 */
export function withLf(text: string): string {
  const body = text.startsWith(BOM) ? text.slice(1) : text;
  return body.includes('\r') ? body.replace(LINE_END, '\n') : body;
}

/** A part of a text that is replaced. */
export interface Replacement {
  at: number;
  length: number;
  by: string;
}

/** The line ends of a text, and the way from offsets in {@link withLf} of it to offsets in the text. */
export class LineEnds {
  private readonly bom: number;
  private readonly ends: { at: number; text: string }[] = [];

  constructor(private readonly text: string) {
    this.bom = text.startsWith(BOM) ? 1 : 0;
    for (const { 0: end, index } of text.matchAll(LINE_END)) this.ends.push({ at: index, text: end });
  }

  /**
   * Replaces parts, and leaves all other text as it is. A new part gets the line ends of the part that it replaces, in
   * their order. When it has more, they are like those of the lines beside it.
   *
   * @param parts - offset and length in {@link withLf} of the text, and the new text with LF; in order, and none is
   *   inside another
   */
  replace(parts: readonly Replacement[]): string {
    const pieces: string[] = [];
    const cursor = { ends: 0, shift: this.bom };
    let from = 0;
    for (const { at, length, by } of parts) {
      const start = this.original(at, cursor);
      const firstEnd = cursor.ends;
      const end = this.original(at + length, cursor);
      pieces.push(this.text.slice(from, start), this.withEnds(by, firstEnd, cursor.ends));
      from = end;
    }
    return pieces.join('') + this.text.slice(from);
  }

  /** Moves on to an offset. It is never before the last one. */
  private original(offset: number, cursor: { ends: number; shift: number }): number {
    for (let end = this.ends[cursor.ends]; end && end.at < offset + cursor.shift; end = this.ends[++cursor.ends])
      cursor.shift += end.text.length - 1;
    return offset + cursor.shift;
  }

  private withEnds(text: string, first: number, after: number): string {
    const last = this.ends[after - 1] ?? this.ends[after];
    if (last === undefined) return text;
    let n = first;
    return text.replaceAll('\n', () => (n < after ? this.ends[n++] : last)?.text ?? '\n');
  }
}
