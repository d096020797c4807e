import { pointerToken } from './json-pointer.js';
import { walkJson } from './json-tokens.js';

/** A step from an array or an object to a value in it: an index or a key. */
export type Step = string | number;

/**
 * It is told where each value begins and ends. `at` leads to the value; `key` is the offset of its key, or of the value
 * itself.
 */
export interface ValueVisitor {
  begins: (at: readonly Step[], start: number, key: number) => void;
  ends?: (at: readonly Step[], end: number) => void;
}

/**
 * Goes through the values of a JSON text in linear time, and without recursion.
 *
 * @param text - valid JSON
 */
export function walkValues(text: string, { begins, ends }: ValueVisitor): void {
  const at: Step[] = [];
  let keyStart = -1;
  walkJson(text, Infinity, (token, start, end, isKey) => {
    const innermost = at.length - 1;
    const here = at[innermost];
    if (isKey) {
      at[innermost] = JSON.parse(text.slice(start, end)) as string;
      keyStart = start;
    } else if (token === ',' && typeof here === 'number') at[innermost] = here + 1;
    if (isKey || token === ',' || token === ':') return undefined;
    if (token === '}' || token === ']') at.pop();
    else begins(at, start, typeof here === 'string' ? keyStart : start);
    if (token === '{' || token === '[') at.push(token === '{' ? '' : 0);
    else ends?.(at, end);
    return undefined;
  });
}

/**
 * The offsets of each value of a text and of its key, by JSON pointer.
 *
 * @param text - valid JSON
 */
export function placesIn(text: string): Map<string, { value: number; key: number }> {
  const places = new Map<string, { value: number; key: number }>();
  const pointers: string[] = [];
  walkValues(text, {
    begins: (at, value, key) => {
      const step = at.at(-1);
      const pointer = step === undefined ? '' : `${pointers[at.length - 1]}/${pointerToken(String(step))}`;
      pointers[at.length] = pointer;
      places.set(pointer, { value, key });
    },
  });
  return places;
}
