import { iterator, parse, type ObjectNode } from '@humanwhocodes/momoa';
import { cut } from './failures.js';
import type { JsonValue } from './json.js';
import { scanJson } from './json-scan.js';

/** Why a text is no strict JSON, and where (both numbers count from 1). */
export interface JsonProblem {
  problem: 'not_json' | 'non_finite_number' | 'duplicate_key' | 'trailing_text';
  line: number;
  column: number;
  what: string;
}

/**
 * Parses JSON, refusing what two parsers could read differently: duplicate keys (also when equal only after
 * unescaping), `NaN`, trailing text. `JSON.parse` is the judge of what is valid; momoa tells places and finds duplicates.
 *
 * @param text - of bounded depth: see `scanJson`
 */
export function parseStrictJson(text: string): { value: JsonValue } | JsonProblem {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    return locate(text, error);
  }
  return findDuplicateKey(text) ?? { value };
}

function findDuplicateKey(text: string): JsonProblem | undefined {
  for (const { node, phase } of iterator(parse(text, { mode: 'json' }))) {
    if (phase !== 'enter' || node.type !== 'Object') continue;
    const seen = new Set<string>();
    for (const { name } of (node as ObjectNode).members) {
      const key = name.type === 'String' ? name.value : name.name;
      if (seen.has(key)) {
        return { problem: 'duplicate_key', ...name.loc.start, what: JSON.stringify(cut(key, 60)) };
      }
      seen.add(key);
    }
  }
  return undefined;
}

interface LocatedError {
  message: string;
  offset?: number;
}

function locate(text: string, parseError: unknown): JsonProblem {
  const { offset = 0, message } = momoaError(text) ?? controlCharacter(text) ?? (parseError as LocatedError);
  const place = placeOf(text, offset);
  const rest = text.slice(offset);
  const nonFinite = /^-?(NaN|Infinity)/.exec(rest) ?? (text[offset - 1] === '-' ? /^(NaN|Infinity)/.exec(rest) : null);
  if (nonFinite) return { problem: 'non_finite_number', ...place, what: nonFinite[0] };
  if (rest.trim() !== '' && isJson(text.slice(0, offset))) return { problem: 'trailing_text', ...place, what: '' };
  return { problem: 'not_json', ...place, what: cut(message.replace(/ \(\d+:\d+\)$/, ''), 200) };
}

function momoaError(text: string): LocatedError | undefined {
  try {
    parse(text, { mode: 'json' });
    return undefined;
  } catch (error) {
    return error as LocatedError;
  }
}

function controlCharacter(text: string): LocatedError | undefined {
  const offset = scanJson(text).controlCharacter;
  return offset < 0 ? undefined : { message: 'a control character must be escaped inside a string', offset };
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
