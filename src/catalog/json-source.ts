import { parse, type ValueNode } from '@humanwhocodes/momoa';
import type { JsonValue } from '../domain/text/json.js';
import { parseStrictJson, type JsonProblem } from '../domain/text/strict-json.js';
import { pointerTokens } from '../domain/text/json-pointer.js';
import { unusableSource, type Place, type SourceDocument } from './source-document.js';
import { parseYamlSource } from './yaml-source.js';

const MAX_DEPTH = 64;
const WORDS: Readonly<Record<JsonProblem['problem'], (what: string) => string>> = {
  not_json: (what) => what,
  non_finite_number: (what) => `${what} is no finite number`,
  too_deep: () => `nested deeper than ${MAX_DEPTH} levels`,
  duplicate_key: (what) => `the key ${what} stands twice in one object`,
  trailing_text: () => 'text after the end of the JSON value',
};

/** Reads strict JSON: no key twice, no comments. Never throws: what is wrong is the document's `problem`. */
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
  let root: ValueNode | undefined;
  return (pointer, part = 'value') => {
    root ??= parse(text, { mode: 'json' }).body;
    return placeIn(root, pointerTokens(pointer), part);
  };
}

function placeIn(root: ValueNode, tokens: readonly string[], part: 'key' | 'value'): Place {
  let node: ValueNode = root;
  let { line, column } = root.loc.start;
  for (const token of tokens) {
    if (node.type === 'Object') {
      const member = node.members.find(({ name }) => (name.type === 'String' ? name.value : name.name) === token);
      if (!member) break;
      node = member.value;
      ({ line, column } = part === 'key' ? member.loc.start : node.loc.start);
    } else if (node.type === 'Array') {
      const element: ValueNode | undefined = node.elements[Number(token)]?.value;
      if (!element) break;
      node = element;
      ({ line, column } = node.loc.start);
    } else break;
  }
  return { line, column };
}
