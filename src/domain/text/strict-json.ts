import { cut } from '../failures.js';
import type { JsonValue } from './json.js';
import { walkJson, type JsonFault } from './json-tokens.js';

/** Why a text is not strict JSON, and where (both numbers count from 1). */
export interface JsonProblem {
  problem: JsonFault['kind'] | 'duplicate_key';
  line: number;
  column: number;
  what: string;
}

/**
 * Parses JSON. It refuses everything that two parsers could read differently: duplicate keys (also when they are equal
 * only after unescaping), numbers that are not finite, trailing text. It takes linear time, whatever the text is.
 *
 * @param maxDepth - deepest nesting of arrays and objects
 */
export function parseStrictJson(text: string, maxDepth: number): { value: JsonValue } | JsonProblem {
  const fault = findFault(text, maxDepth);
  if (fault === undefined) return { value: JSON.parse(text) as JsonValue };
  return { problem: fault.kind, ...placeOf(text, fault.offset), what: fault.what };
}

interface StrictFault {
  kind: 'duplicate_key' | 'non_finite_number';
  offset: number;
  what: string;
}

function findFault(text: string, maxDepth: number): JsonFault | StrictFault | undefined {
  const keysOfOpen: Set<string>[] = [];
  return walkJson<StrictFault>(text, maxDepth, (token, start, end, isKey) => {
    if (token === '{') keysOfOpen.push(new Set());
    else if (token === '}') keysOfOpen.pop();
    if (token === 'number') return notFinite(text.slice(start, end), start);
    if (!isKey) return undefined;
    const key = unquoted(text.slice(start, end));
    const keys = keysOfOpen.at(-1);
    if (keys?.has(key)) return { kind: 'duplicate_key', offset: start, what: JSON.stringify(cut(key, 60)) };
    keys?.add(key);
    return undefined;
  });
}

/** A number that is read as Infinity would be written as null. */
function notFinite(literal: string, offset: number): StrictFault | undefined {
  return Number.isFinite(Number(literal)) ? undefined : { kind: 'non_finite_number', offset, what: cut(literal, 21) };
}

function unquoted(string: string): string {
  return string.includes('\\') ? (JSON.parse(string) as string) : string.slice(1, -1);
}

/** Line and column of a place in a text, both from 1. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', end + 1)) {
    line += 1;
    lineStart = end + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
