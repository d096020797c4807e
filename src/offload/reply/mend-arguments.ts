import type { JsonValue } from '../../domain/text/json.js';

const MOST_LAYERS = 3;
/** Longest control token, such as `<|call|>`. */
const TOKEN_LENGTH = 60;

/**
 * The arguments of a tool call in the form in which they were meant. Some servers encode them twice, as a text whose
 * content is the object; some models put a fence around them, or a control token behind them.
 *
 * @param given - as the provider sent them
 * @returns the text of an object, or else `given`
 */
export function mendArguments(given: string): string {
  let text = given;
  for (let layer = 0; layer <= MOST_LAYERS; layer++) {
    text = withoutFence(withoutTokens(text.trim()));
    // the usual case is not parsed: the reader of calls says what is wrong with it
    if (text.startsWith('{')) return layer === 0 && text.length === given.trim().length ? given : text;
    if (!text.startsWith('"')) break;
    const inner = valueOf(text);
    if (typeof inner !== 'string') break;
    text = inner;
  }
  return text === 'null' ? '{}' : given;
}

/** A text without the control tokens at its end. */
function withoutTokens(text: string): string {
  let kept = text;
  while (kept.endsWith('|>')) {
    const start = kept.lastIndexOf('<|');
    if (start < 0 || kept.length - start > TOKEN_LENGTH) return kept;
    kept = kept.slice(0, start).trimEnd();
  }
  return kept;
}

function withoutFence(text: string): string {
  if (!text.startsWith('```') || !text.endsWith('```')) return text;
  const body = text.slice(text.indexOf('\n') + 1, -3).trim();
  return body.startsWith('{') ? body : text;
}

function valueOf(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
