import { placesIn } from '../domain/text/json-values.js';
import { parseStrictJson, placeOf, type JsonProblem } from '../domain/text/strict-json.js';
import { MAX_DEPTH, TOO_DEEP, unusable, type ParsedSource } from './parsed-source.js';
import { parseYamlSource } from './yaml-source.js';

const WORDS: Readonly<Record<JsonProblem['problem'], (what: string) => string>> = {
  not_json: (what) => what,
  non_finite_number: (what) => `${what} is not a finite number`,
  too_deep: () => TOO_DEEP,
  duplicate_key: (what) => `the key ${what} stands twice in one object`,
  trailing_text: () => 'text after the end of the JSON value',
};

/** Reads strict JSON: no key twice, no comments. It never throws: `problem` says what is wrong. */
export function parseJsonSource(text: string): ParsedSource {
  const parsed = parseStrictJson(text, MAX_DEPTH);
  if ('value' in parsed) return { value: parsed.value, problem: null, placeOf: locator(text) };
  const { problem, line, column, what } = parsed;
  const broken = unusable(WORDS[problem](what), { line, column });
  // the parser of YAML reads nearly all JSON and goes on after an error, so it finds the name in a broken file
  return problem === 'too_deep' ? broken : { ...broken, value: parseYamlSource(text).value };
}

function locator(text: string): ParsedSource['placeOf'] {
  let places: ReturnType<typeof placesIn> | undefined;
  return (pointer, part = 'value') => {
    places ??= placesIn(text);
    let near = pointer;
    while (near !== '' && !places.has(near)) near = near.slice(0, near.lastIndexOf('/'));
    return placeOf(text, places.get(near)?.[part] ?? 0);
  };
}
