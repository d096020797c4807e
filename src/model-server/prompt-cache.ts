import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../domain/text/json.js';
import type { ChatRequest } from './chat-request.js';

const BLOCK = 128;
const MAX_PREFIXES = 20_000;

/** About how many tokens a text has: a quarter of its characters. */
export function tokensIn(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The parts of a prompt. The tools come first, because a provider puts them before the conversation. */
export function partsOf({ tools, messages }: JsonObject): JsonValue[] {
  return [tools ?? [], ...(Array.isArray(messages) ? messages : [])];
}

/** Remembers the beginnings of earlier conversations in blocks of 128 tokens, as providers cache them. */
export class PromptCache {
  readonly #seen = new Set<string>();

  /** The tokens of the request's prompt, and how many of them an earlier request began with, too. */
  count({ model, body }: ChatRequest): { tokens: number; cached: number } {
    const hash = createHash('sha256').update(model);
    let tokens = 0;
    let known = 0;
    for (const part of partsOf(body)) {
      const text = JSON.stringify(part);
      tokens += tokensIn(text);
      const prefix = hash.update(text).copy().digest('base64');
      if (this.#seen.has(prefix)) known = tokens;
      else this.#remember(prefix);
    }
    return { tokens, cached: Math.floor(known / BLOCK) * BLOCK };
  }

  #remember(prefix: string): void {
    this.#seen.add(prefix);
    const [oldest] = this.#seen;
    if (this.#seen.size > MAX_PREFIXES && oldest !== undefined) this.#seen.delete(oldest);
  }
}
