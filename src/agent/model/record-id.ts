import { sha256 } from '../../domain/text/hash.js';

/** Room in an index of PostgreSQL, where each character may become eleven bytes. */
const MAX_CHARACTERS = 180;

/**
 * The id under which a thing from a provider is recorded: its own, or a digest of it when it is too long for an index.
 */
export function recordId(given: string): string {
  return given.length <= MAX_CHARACTERS ? given : `sha256:${sha256(given)}`;
}
