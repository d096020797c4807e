import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLMap,
  type YAMLParseError,
  type YAMLWarning,
} from 'yaml';
import type { JsonValue } from '../domain/text/json.js';
import { pointerTokens } from '../domain/text/json-pointer.js';
import { TOO_DEEP, unusable, type ParsedSource, type Place } from './parsed-source.js';
import { yamlExcess } from './yaml-bounds.js';

/** How many times larger aliases may make the document. */
const MAX_ALIAS_COUNT = 100;
const MAX_EXPANDED_CHARACTERS = 2 * 1024 * 1024;

/**
 * Reads YAML 1.2: one document, no key twice, no unknown tags, few aliases. It never throws: `problem` says what is
 * wrong.
 */
export function parseYamlSource(text: string): ParsedSource {
  const excess = yamlExcess(text);
  if (excess !== undefined) return unusable(excess);
  const lines = new LineCounter();
  let document: Document.Parsed;
  let found: Finding[];
  try {
    // the parser's own search for repeated keys takes quadratic time
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    found = [...document.errors.map(toFinding), ...repeatedKeys(document)];
  } catch {
    // deep nesting overflows the stack of the composer
    return unusable(TOO_DEEP);
  }
  found.sort((a, b) => a.offset - b.offset);
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const content = toJson(document);
  const placeOf: ParsedSource['placeOf'] = (pointer, part) => at(offsetOf(document, pointer, part));
  const [first] = [...found, ...document.warnings.map(toFinding)];
  if (first) return { value: content.value, problem: { ...at(first.offset), message: first.message }, placeOf };
  if (content.message !== undefined) return unusable(content.message);
  return { value: content.value, problem: null, placeOf };
}

interface Finding {
  offset: number;
  message: string;
}

function toFinding({ pos, message }: YAMLParseError | YAMLWarning): Finding {
  return { offset: pos[0], message };
}

function repeatedKeys(document: Document.Parsed): Finding[] {
  const repeated: Finding[] = [];
  const look = (_: unknown, { items }: YAMLMap): void => {
    const keys = new Set<string>();
    for (const { key } of items) {
      if (!isScalar(key)) continue;
      const name = String((key.value as string | number | boolean | null) ?? '');
      if (keys.has(name)) repeated.push({ offset: start(key), message: 'Map keys must be unique' });
      keys.add(name);
    }
  };
  visit(document, { Map: look });
  return repeated;
}

function toJson(document: Document.Parsed): { value?: JsonValue; message?: string } {
  try {
    const text = JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }), finite) as string | undefined;
    if (text === undefined) return { value: null };
    if (text.length > MAX_EXPANDED_CHARACTERS)
      return { message: 'the content is too large once its aliases are filled in' };
    return { value: JSON.parse(text) as JsonValue };
  } catch (error) {
    const isAboutAliases = /circular|stack|alias/i.test(String(error));
    return {
      message: isAboutAliases
        ? 'its aliases refer to themselves, or multiply the content too often'
        : (error as Error).message,
    };
  }
}

function finite(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} is not a JSON number`);
  return value;
}

function offsetOf(document: Document.Parsed, pointer: string, part: 'key' | 'value' = 'value'): number {
  let node: Node | null = document.contents;
  let offset = start(node);
  for (const token of pointerTokens(pointer)) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === token);
      if (!pair) return offset;
      node = isNode(pair.value) ? pair.value : null;
      offset = part === 'key' || !node ? start(pair.key) : start(node);
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(token)];
      if (!isNode(item)) return offset;
      node = item;
      offset = start(node);
    } else return offset;
  }
  return offset;
}

function start(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
