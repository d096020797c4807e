import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/text/json.js';

/** What a server may say beside the result. */
const BESIDE = new Set(['_meta', 'content', 'structuredContent', 'isError']);

/**
 * The result of a call as one text, whatever its form: texts and embedded text files as they are, links by their
 * address, data as JSON. Pictures and other bytes are only named.
 *
 * @param result - as the server sent it
 */
export function resultText(result: Readonly<JsonObject>): string {
  const { content, structuredContent } = result;
  const parts = Array.isArray(content) ? content : content === undefined || content === null ? [] : [content];
  const texts = parts.map(partText).filter((text) => text !== '');
  if (structuredContent !== undefined && structuredContent !== null && !isSaid(structuredContent, texts))
    texts.push(written(structuredContent));
  if (texts.length > 0) return texts.join('\n');
  // `toolResult` of old servers, and forms of their own
  const rest = Object.entries(result).filter(([key]) => !BESIDE.has(key));
  return rest.length === 1 ? written(rest[0]?.[1]) : rest.length > 1 ? written(Object.fromEntries(rest)) : '';
}

function partText(part: JsonValue): string {
  if (!isJsonObject(part)) return written(part);
  if (typeof part.text === 'string') return part.text;
  const { type, resource, ...more } = part;
  if (isJsonObject(resource)) {
    if (typeof resource.text === 'string') return resource.text;
    return `(${named('resource', resource)}, not shown)`;
  }
  if (type === 'resource_link') return `(${named('link', more)})`;
  return `(${named(typeof type === 'string' ? type : 'something', more)}, not shown)`;
}

function named(kind: string, about: JsonObject): string {
  const words = [about.name, about.uri, about.mimeType, about.description];
  const said = words.filter((word): word is string => typeof word === 'string' && word !== '');
  return [kind, ...said].join(' ');
}

/** Servers say their data once more as a text, for clients that know no other. */
function isSaid(data: JsonValue, texts: readonly string[]): boolean {
  const inner = isJsonObject(data) && Object.keys(data).length === 1 ? Object.values(data)[0] : undefined;
  const forms = new Set([data, inner].flatMap((value) => (value === undefined ? [] : [written(value)])));
  return texts.some((text) => forms.has(text) || forms.has(rewritten(text)));
}

function rewritten(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

function written(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
