import { walkJson, type JsonToken } from './json-tokens.js';
import { walkValues, type Step } from './json-values.js';

/** The form in which {@link rewriteJson} writes. */
export interface JsonStyle {
  /** Spaces for each level; 0 writes one line without spaces. */
  indent: number;
  /** Gives the text to write for a string or a number. Without it, they are written as they are. */
  literal?: (token: 'string' | 'number', text: string) => string;
}

/**
 * Writes a JSON text in another layout, from its tokens. So numbers keep their digits, strings their escapes and
 * objects their repeated keys. A parsed value would have lost them.
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

/** JSON text in a form that people can read, with a newline at its end. */
export function prettyJson(text: string): string {
  return `${rewriteJson(text, { indent: 2 })}\n`;
}

/**
 * The texts of the values at a path, exactly as in the text, each with the indexes and keys that lead to it.
 *
 * @param text - valid JSON
 * @param path - null stands for everything in an array or an object
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
 * The text of a member's value, exactly as in the text of an object. When the member is there twice, it is the last
 * one, as with `JSON.parse`.
 *
 * @param text - valid JSON
 */
export function memberText(text: string, name: string): string | undefined {
  return textsAt(text, [name]).at(-1)?.text;
}
