import type { JsonValue } from '../domain/text/json.js';
import { placesIn } from '../domain/text/json-values.js';
import { parseStrictJson, placeOf, type JsonProblem } from '../domain/text/strict-json.js';
import { unusableSource, type SourceDocument } from './source-document.js';
import { parseYamlSource } from './yaml-source.js';

const MAX_DEPTH = 64;
const WORDS: Readonly<Record<JsonProblem['problem'], (what: string) => string>> = {
  not_json: (what) => what,
  non_finite_number: (what) => `${what} is no finite number`,
  too_deep: () => `nested deeper than ${MAX_DEPTH} levels`,
  duplicate_key: (what) => `the key ${what} stands twice in one object`,
  trailing_text: () => 'text after the end of the JSON value',
};

/** Reads strict JSON: no key twice, no comments. It never throws: the document's `problem` says what is wrong. */
export function parseJsonSource(file: string, text: string): SourceDocument {
  const parsed = parseStrictJson(text, MAX_DEPTH);
  if ('value' in parsed) return { file, value: parsed.value, problem: null, placeOf: locator(text) };
  const { problem, line, column, what } = parsed;
  if (problem === 'too_deep')
    return { ...unusableSource(file, WORDS.too_deep(what)), placeOf: () => ({ line, column }) };
  return {
    file,
    value: guess(text),
    problem: { line, column, message: WORDS[problem](what) },
    placeOf: () => ({ line, column }),
  };
}

/** YAML reads nearly all of JSON and goes on after an error: enough to tell the name in a broken file. */
function guess(text: string): JsonValue | undefined {
  return parseYamlSource('', text).value;
}

function locator(text: string): SourceDocument['placeOf'] {
  let places: ReturnType<typeof placesIn> | undefined;
  return (pointer, part = 'value') => {
    places ??= placesIn(text);
    let near = pointer;
    while (near !== '' && !places.has(near)) near = near.slice(0, near.lastIndexOf('/'));
    return placeOf(text, places.get(near)?.[part] ?? 0);
  };
}
