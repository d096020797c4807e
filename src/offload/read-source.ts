import { isJsonObject, type JsonValue } from '../domain/text/json.js';
import { sizeOf } from '../domain/text/json-tokens.js';
import { MAX_PARTS } from './bounded-arguments.js';
import { parseJsonSource } from './json-source.js';
import { ownValidator, type OwnSchema } from './own-schemas.js';
import {
  MAX_DEPTH,
  TOO_DEEP,
  unusable,
  type Issue,
  type ParsedSource,
  type PlacedIssue,
  type SourceProblem,
} from './parsed-source.js';
import { schemaIssues } from './schema-issues.js';
import { parseYamlSource } from './yaml-source.js';

/** For a file of one of our own formats. Far above any real file; ajv takes quadratic time to collect errors. */
const MAX_OWN_PARTS = 20_000;
const HEAD = ['$id', 'name', 'version'];

/** The languages of catalog files. */
export type Syntax = 'yaml' | 'json';

/** The content of a catalog file, or what is wrong with it. */
export interface ReadSource {
  /** JSON text, which is cheap to hand to another thread; null when there is none. */
  content: string | null;
  /** Why the file can't be used at all. */
  problem: SourceProblem | null;
  /** The places where it differs from our own format. */
  issues: PlacedIssue[];
}

/**
 * Reads a catalog file, and says what is wrong with it. It never throws.
 *
 * @param format - the one of our own formats that the file must have; without it, any content is right
 */
export function readSource(syntax: Syntax, text: string, format?: OwnSchema): ReadSource {
  const source = bounded(parse(syntax, text), format ? MAX_OWN_PARTS : MAX_PARTS);
  const { value, problem } = source;
  const content = value === undefined ? null : JSON.stringify(value);
  if (problem || !format) return { content, problem, issues: [] };
  const validate = ownValidator(format);
  const isValid = validate(value ?? null);
  return { content, problem, issues: isValid ? [] : placed(source, schemaIssues(validate.errors, value ?? null)) };
}

/** Finds the places of issues in the text of a catalog file. */
export function placeIssues(syntax: Syntax, text: string, issues: readonly Issue[]): PlacedIssue[] {
  return placed(parse(syntax, text), issues);
}

function parse(syntax: Syntax, text: string): ParsedSource {
  return syntax === 'json' ? parseJsonSource(text) : parseYamlSource(text);
}

/** Refuses a content that is far larger than any real one: it would hold up the thread that takes it over. */
function bounded(source: ParsedSource, maxParts: number): ParsedSource {
  const { value, problem } = source;
  const { depth, parts } = sizeOf(JSON.stringify(value ?? null));
  if (depth <= MAX_DEPTH && parts <= maxParts) return source;
  const excess = unusable(depth > MAX_DEPTH ? TOO_DEEP : `more than ${maxParts} keys and values`);
  return { ...excess, value: headOf(value), problem: problem ?? excess.problem };
}

/** The members that tell whose file it is. */
function headOf(value: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.fromEntries(HEAD.flatMap((key) => (typeof value[key] === 'string' ? [[key, value[key]]] : [])));
}

function placed(source: ParsedSource, issues: readonly Issue[]): PlacedIssue[] {
  return issues.map((issue) => ({ ...issue, ...source.placeOf(issue.pointer, issue.aboutKey ? 'key' : 'value') }));
}
