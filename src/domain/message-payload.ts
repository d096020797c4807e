import { cut } from './failures.js';
import { isJsonObject, type JsonObject } from './text/json.js';

/**
 * Largest payload of a message, in bytes: twice what the longest decision takes, with every character of its comment
 * escaped. A larger payload is not even read, because that would take time from all runs of the worker.
 */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** Stands in for a payload that can't be read, or that is too large to be read. */
export interface Unreadable {
  unreadablePayload: string;
}

/** Stands in for a payload that nobody reads, and says why. */
export function unreadable(why: string): Unreadable {
  return { unreadablePayload: cut(why, 300) };
}

/** Why a message doesn't count, whatever the run's state is. */
export interface Malformed {
  malformed: string;
}

/**
 * The fields of a message.
 *
 * @param payload - anything
 * @param example - a right message, for people who sent something else
 */
export function readMessage(payload: unknown, example: string): { fields: JsonObject } | Malformed {
  if (!isJsonObject(payload))
    return { malformed: `expected a JSON object such as ${example}, found ${kindOf(payload)}` };
  const { unreadablePayload: why } = payload;
  return typeof why === 'string' ? { malformed: `the payload can't be read: ${cut(why, 300)}` } : { fields: payload };
}

function kindOf(payload: unknown): string {
  if (payload === undefined || payload === null) return 'nothing';
  if (Array.isArray(payload)) return 'an array';
  return typeof payload === 'object' ? 'bytes' : `a ${typeof payload}`;
}
