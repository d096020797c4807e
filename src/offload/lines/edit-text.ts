import { LineEnds, withLf, type Replacement } from '../../domain/text/line-ends.js';
import { changedLines, LineStarts } from './changed-lines.js';
import { nearestPlace } from './nearest-place.js';

/** One replacement of text in a file. */
export interface Edit {
  oldText: string;
  newText: string;
  replaceAll?: boolean;
}

/**
 * The text after the edits, and which lines are new, for the model. If there was no edit, `problem` is the reason, for
 * the model, too.
 */
export type Edited = { text: string; changed: boolean; shown: string } | { problem: string };

/** Most places that a refusal names. */
const MOST_NAMED = 10;

/**
 * Makes all edits, or none. Each `oldText` is looked for in the text as it is, and edits must not overlap. Line ends
 * make no difference, and the result keeps those of the file. An edit that could not be recognised later is refused.
 *
 * @param mayBeMade - whether the edits may have been made before, since the step was killed before its end was recorded.
 *   They are then recognised by the new text in place of the old, and are not made again.
 */
export function editText(text: string, edits: readonly Edit[], mayBeMade = false): Edited {
  const whole = withLf(text);
  const wanted = edits.map(({ oldText, newText, replaceAll = false }, n) => ({
    name: edits.length > 1 ? `edit ${n + 1}: ` : '',
    old: withLf(oldText),
    by: withLf(newText),
    replaceAll,
  }));
  const parts: (Replacement & { name: string })[] = [];
  for (const { name, old, by, replaceAll } of wanted) {
    if (old === '') return { problem: `${name}oldText is empty` };
    if (old === by) return { problem: `${name}oldText and newText are the same, but for line ends` };
    const places = placesOf(old, whole);
    if (places.length === 0 && !(mayBeMade && by !== '' && whole.includes(by)))
      return { problem: `${name}oldText is not in the file. ${nearestPlace(whole, old)}` };
    if (!isLeft(whole, old, by)) continue;
    if (places.length > 1 && !replaceAll)
      return {
        problem: `${name}oldText is in the file ${places.length} times (${linesOf(whole, places)}); make it longer, or set replaceAll`,
      };
    for (const at of places) parts.push({ at, length: old.length, by, name });
  }
  parts.sort((a, b) => a.at - b.at);
  const overlap = parts.findIndex(({ at }, n) => at < endOf(parts[n - 1]));
  if (overlap >= 0) {
    const [one, other] = [parts[overlap - 1]?.name ?? '', parts[overlap]?.name ?? ''];
    return { problem: `${one}it overlaps ${other.replace(': ', '')}; make one edit of the two` };
  }
  if (parts.length === 0) return { text, changed: false, shown: '' };
  const edited = new LineEnds(text).replace(parts);
  const after = withLf(edited);
  const again = wanted.find(({ old, by }) => isLeft(after, old, by));
  if (again)
    return {
      problem: `${again.name}after the edit oldText would be in the file again; put more of the surrounding text into it`,
    };
  return { text: edited, changed: true, shown: changedLines(after, parts) };
}

function endOf(part: Replacement | undefined): number {
  return part === undefined ? 0 : part.at + part.length;
}

function placesOf(part: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) places.push(at);
  return places;
}

function linesOf(text: string, places: readonly number[]): string {
  const starts = new LineStarts(text);
  const lines = places.slice(0, MOST_NAMED).map((at) => starts.lineAt(at) + 1);
  return `${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}${places.length > lines.length ? ', …' : ''}`;
}

/** Whether old text is left that is not part of new text. */
function isLeft(text: string, oldText: string, newText: string): boolean {
  const rest = newText.includes(oldText) ? text.replaceAll(newText, '\0') : text;
  return rest.includes(oldText);
}
