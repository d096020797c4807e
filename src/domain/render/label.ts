import { cut } from '../failures.js';

const MAX_LABEL = 80;

/**
 * A name of a field as a label: `outOfScope` and `out_of_scope` are "Out of scope".
 *
 * @param name - any text
 */
export function labelOf(name: string): string {
  const words = cut(name, MAX_LABEL)
    .replace(
      /(\p{Ll}|\d)(\p{Lu})(?=\p{Ll})/gu,
      (_, before: string, capital: string) => `${before} ${capital.toLowerCase()}`,
    )
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/[_\s-]+/g, ' ')
    .trim();
  return words === '' ? '(no name)' : words.charAt(0).toUpperCase() + words.slice(1);
}
