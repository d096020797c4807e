import { PhasegateError } from '../domain/failures.js';

/**
 * The one word that a command needs.
 *
 * @throws PhasegateError `input_invalid`
 */
export function onlyPositional(positionals: readonly string[], what: string): string {
  const [word, ...more] = positionals;
  if (word !== undefined && more.length === 0) return word;
  throw new PhasegateError('input_invalid', `expected one ${what}, found ${positionals.length === 0 ? 'none' : positionals.join(' ')}`);
}
