import { sha256 } from '../../domain/text/hash.js';

const MAX_STRING_BYTES = 2 * 1024;
const MAX_ITEMS = 100;
const MAX_DEPTH = 8;

/**
 * Arguments of a tool call as they are kept for the audit (S26). A string of more than 2 KiB is replaced by its sha256
 * and size. So are values that are too deeply nested or too long for a row.
 *
 * @param value - a JSON value, from a model
 */
export function auditedArguments(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return Buffer.byteLength(value) > MAX_STRING_BYTES ? digest(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  if (depth >= MAX_DEPTH || count > MAX_ITEMS) return digest(JSON.stringify(value));
  if (Array.isArray(value)) return value.map((member) => auditedArguments(member, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, auditedArguments(member, depth + 1)]));
}

function digest(text: string): { sha256: string; bytes: number } {
  return { sha256: sha256(text), bytes: Buffer.byteLength(text) };
}
