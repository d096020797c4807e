import { withLf } from '../domain/text/line-ends.js';

/** Some lines of a text, and how many it has. */
export interface ReadLines {
  text: string;
  end: number;
  count: number;
}

/** Lines of a text from `offset` on, with any kind of line end. */
export function readLines(text: string, offset: number, limit: number): ReadLines {
  const lines = withLf(text).split('\n');
  const end = Math.min(offset + limit, lines.length);
  return { text: lines.slice(offset, end).join('\n'), end, count: lines.length };
}
