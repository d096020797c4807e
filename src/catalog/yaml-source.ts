import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { JsonValue } from '../domain/text/json.js';
import { pointerTokens } from '../domain/text/json-pointer.js';
import { unusableSource, type Place, type SourceDocument } from './source-document.js';

/** How many times larger aliases may make the document. */
const MAX_ALIAS_COUNT = 100;
const MAX_EXPANDED_CHARACTERS = 2 * 1024 * 1024;

/**
 * Reads YAML 1.2: one document, no key twice, no unknown tags, few aliases. It never throws: the document's `problem`
 * says what is wrong.
 */
export function parseYamlSource(file: string, text: string): SourceDocument {
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  } catch (error) {
    // deep nesting overflows the stack of the composer
    return unusableSource(file, `nested too deep (${(error as Error).name})`);
  }
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [error] = [...document.errors, ...document.warnings];
  const content = toJson(document);
  const placeOf: SourceDocument['placeOf'] = (pointer, part) => at(offsetOf(document, pointer, part));
  if (error) return { file, value: content.value, problem: { ...at(error.pos[0]), message: error.message }, placeOf };
  if (content.message !== undefined) return unusableSource(file, content.message);
  return { file, value: content.value, problem: null, placeOf };
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
