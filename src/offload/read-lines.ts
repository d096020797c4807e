import { withLf } from '../domain/text/line-ends.js';

/** Some lines of a text, and how many it has. */
export interface ReadLines {
  text: string;
  end: number;
  count: number;
}

/** Lines of a text, however they end, from behind `offset`. */
export function readLines(text: string, offset: number, limit: number): ReadLines {
  const lines = withLf(text).split('\n');
  const end = Math.min(offset + limit, lines.length);
  return { text: lines.slice(offset, end).join('\n'), end, count: lines.length };
}
