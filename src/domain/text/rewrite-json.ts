import { walkJson, type JsonToken } from './json-tokens.js';
import { walkValues, type Step } from './json-values.js';

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

/**
 * The texts of the values at a path, as they stand in a text, each with the indexes and keys that lead to it.
 *
 * @param text - valid JSON
 * @param path - null stands for all that is in an array or an object
 */
export function textsAt(text: string, path: readonly (Step | null)[]): { at: Step[]; text: string }[] {
  const found: { at: Step[]; text: string }[] = [];
  let from = -1;
  walkValues(text, {
    begins: (at, start) => {
      if (from < 0 && at.length === path.length && path.every((step, n) => step === null || step === at[n]))
        from = start;
    },
    ends: (at, end) => {
      if (from < 0 || at.length !== path.length) return;
      found.push({ at: [...at], text: text.slice(from, end) });
      from = -1;
    },
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
