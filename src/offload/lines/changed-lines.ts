import { cut } from '../../domain/failures.js';
import type { Replacement } from '../../domain/text/line-ends.js';
import { numbered } from './read-page.js';

/** Lines around a change that are shown with it. */
const AROUND = 3;
const MOST_SHOWN = 60;
const MOST_NAMED = 20;
const MOST_CHARACTERS = 200;

/** Where the lines of a text begin. */
export class LineStarts {
  readonly #starts = [0];

  /** @param text - with LF */
  constructor(private readonly text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  get count(): number {
    return this.#starts.length;
  }

  /** The line of an offset, from 0. */
  lineAt(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The text of a line without its end, from 0. */
  line(n: number): string {
    const next = this.#starts[n + 1];
    return this.text.slice(this.#starts[n], next === undefined ? undefined : next - 1);
  }
}

/**
 * Says which lines of a text have just been changed, and shows them with three around.
 *
 * @param after - the new text, with LF
 * @param parts - what was replaced, as offsets in the old text, in order
 * @returns a text of at most some 60 lines
 */
export function changedLines(after: string, parts: readonly Replacement[]): string {
  const starts = new LineStarts(after);
  const ranges: [number, number][] = [];
  let shift = 0;
  for (const { at, length, by } of parts) {
    const begin = at + shift;
    shift += by.length - length;
    const [first, last] = [starts.lineAt(begin), starts.lineAt(Math.max(begin, begin + by.length - 1))];
    const before = ranges.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else ranges.push([first, last]);
  }
  const named = ranges.slice(0, MOST_NAMED).map(([from, to]) => (from === to ? from + 1 : `${from + 1} to ${to + 1}`));
  const more = ranges.length > MOST_NAMED ? ` and ${ranges.length - MOST_NAMED} more places` : '';
  return [`Changed, as it is now: line ${named.join(', ')}${more}`, ...around(starts, ranges)].join('\n');
}

function around(starts: LineStarts, ranges: readonly [number, number][]): string[] {
  const shown: string[] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    const from = Math.max(next, first - AROUND);
    if (from > next && shown.length > 0) shown.push('…');
    next = Math.min(starts.count, last + AROUND + 1);
    for (let n = from; n < next; n++) {
      if (shown.length >= MOST_SHOWN) return [...shown, '…'];
      const line = starts.line(n);
      // what follows the last line end is no line
      if (line !== '' || n + 1 < starts.count) shown.push(numbered(n + 1, cut(line, MOST_CHARACTERS)));
    }
  }
  return shown;
}
