/** Longest name that is searched for a tool's. */
const MAX_CHARACTERS = 300;
const LONGEST_NAME = 64;

/**
 * The tool that a call means, where that is clear: models put a namespace before a name, or control tokens behind it
 * (`read_file<|channel|>commentary`). Another name becomes one that every provider takes back.
 *
 * @param given - the name as the provider sent it
 * @param known - the names of the tools that there are
 */
export function meantName(given: string, known: readonly string[]): string {
  if (known.includes(given)) return given;
  const words = given.slice(0, MAX_CHARACTERS).split(/[^a-zA-Z0-9_-]+/);
  const meant = known.filter((name) => words.some((word) => word === name || word.toLowerCase() === name));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  return given.slice(0, LONGEST_NAME).replace(/[^a-zA-Z0-9_-]/g, '_') || 'no_name';
}
