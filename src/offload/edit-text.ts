import { LineEnds, withLf } from '../domain/text/line-ends.js';

/** The text after an edit. If there was no edit, `problem` is the reason, for the model. */
export type Edited = { text: string; changed: boolean } | { problem: string };

/**
 * Replaces `oldText`. An edit may have been made before, when the step was killed before its end was recorded. Such an
 * edit is recognised by the new text in place of the old, and is not made again. An edit that could not be recognised
 * is refused. Line ends make no difference, and the result keeps those of the file.
 */
export function editText(text: string, oldText: string, newText: string, replaceAll: boolean): Edited {
  const [whole, old, wanted] = [withLf(text), withLf(oldText), withLf(newText)];
  if (old === wanted) return { problem: 'oldText and newText are the same, but for line ends' };
  if (old === '') return { problem: 'oldText is empty' };
  const places = placesOf(old, whole);
  const [first] = places;
  if (first === undefined) {
    if (wanted !== '' && whole.includes(wanted)) return { text, changed: false };
    return { problem: 'oldText is not in the file; read the file again' };
  }
  if (!isLeft(whole, old, wanted)) return { text, changed: false };
  if (places.length > 1 && !replaceAll)
    return { problem: `oldText is in the file ${places.length} times; make it longer, or set replaceAll` };
  const edited = new LineEnds(text).replace(places, old.length, wanted);
  if (isLeft(withLf(edited), old, wanted)) {
    return { problem: 'after the edit oldText would be in the file again; put more of the surrounding text into it' };
  }
  return { text: edited, changed: true };
}

function placesOf(part: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) places.push(at);
  return places;
}

/** Whether old text is left that is not part of new text. */
function isLeft(text: string, oldText: string, newText: string): boolean {
  const rest = newText.includes(oldText) ? text.replaceAll(newText, '\0') : text;
  return rest.includes(oldText);
}
