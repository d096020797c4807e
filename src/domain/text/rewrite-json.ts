import { walkJson, type JsonToken } from './json-tokens.js';

/** How {@link rewriteJson} writes. */
export interface JsonStyle {
  /** Spaces for each level; 0 writes one line without spaces. */
  indent: number;
  /** What is written for a string or a number; as it stands where this is missing. */
  literal?: (token: 'string' | 'number', text: string) => string;
}

/**
 * Lays a JSON text out anew, from its tokens: numbers keep their digits, strings their escapes, objects their repeated
 * keys, which a parsed value would have lost.
 *
 * @param text - valid JSON
 */
export function rewriteJson(text: string, { indent, literal = (_, same) => same }: JsonStyle): string {
  const pieces: string[] = [];
  let depth = 0;
  let before: JsonToken | undefined;
  const newLine = (): void => void (indent > 0 && pieces.push(`\n${' '.repeat(indent * depth)}`));
  walkJson(text, Infinity, (token, start, end) => {
    const closes = token === '}' || token === ']';
    if (closes) depth -= 1;
    const opened = before === '{' || before === '[';
    if (closes ? !opened : opened || before === ',') newLine();
    const piece = text.slice(start, end);
    pieces.push(
      token === 'string' || token === 'number' ? literal(token, piece) : token === ':' && indent > 0 ? ': ' : piece,
    );
    if (token === '{' || token === '[') depth += 1;
    before = token;
    return undefined;
  });
  return pieces.join('');
}

/** JSON text as people read it, with a newline at its end. */
export function prettyJson(text: string): string {
  return `${rewriteJson(text, { indent: 2 })}\n`;
}

/** A step from an array or an object to what stands in it: an index, a key, or null for all of them. */
type Step = string | number | null;

/**
 * The texts of the values at a path, as they stand in a text, each with the indexes and keys that lead to it.
 *
 * @param text - valid JSON
 */
export function textsAt(text: string, path: readonly Step[]): { at: (string | number)[]; text: string }[] {
  const found: { at: (string | number)[]; text: string }[] = [];
  const at: (string | number)[] = [];
  let from = -1;
  const isThere = (): boolean =>
    at.length === path.length && path.every((step, level) => step === null || step === at[level]);
  walkJson(text, Infinity, (token, start, end, isKey) => {
    const innermost = at.length - 1;
    const here = at[innermost];
    if (isKey) at[innermost] = JSON.parse(text.slice(start, end)) as string;
    else if (token === ',' && typeof here === 'number') at[innermost] = here + 1;
    if (isKey || token === ',' || token === ':') return undefined;
    if (token === '}' || token === ']') at.pop();
    else if (from < 0 && isThere()) from = start;
    if (token === '{' || token === '[') at.push(token === '{' ? '' : 0);
    else if (from >= 0 && at.length === path.length) {
      found.push({ at: [...at], text: text.slice(from, end) });
      from = -1;
    }
    return undefined;
  });
  return found;
}

/**
 * The text of a member's value, as it stands in the text of an object; the last one where it stands there twice, as
 * `JSON.parse` has it.
 *
 * @param text - valid JSON
 */
export function memberText(text: string, name: string): string | undefined {
  return textsAt(text, [name]).at(-1)?.text;
}
