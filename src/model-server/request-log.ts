import type { JsonObject } from '../domain/text/json.js';

/** One request for a completion, as it came. */
export interface RequestRecord {
  /** ISO 8601. */
  at: string;
  model: string;
  /** How many messages the conversation had. */
  messages: number;
  body: JsonObject;
  /** ISO 8601, the time when the client went away without an answer. */
  leftAt?: string;
}

const MAX_REQUESTS = 5_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The last requests. Their number and size are limited, because the local stack may run for days. */
export class RequestLog {
  readonly records: RequestRecord[] = [];
  readonly #sizes: number[] = [];
  #total = 0;

  add(record: RequestRecord, characters: number): void {
    this.records.push(record);
    this.#sizes.push(characters);
    this.#total += characters;
    while (this.records.length > 1 && (this.records.length > MAX_REQUESTS || this.#total > MAX_CHARACTERS)) {
      this.records.shift();
      this.#total -= this.#sizes.shift() ?? 0;
    }
  }
}
