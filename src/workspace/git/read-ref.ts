import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, nullIfMissing } from '../disk-failure.js';

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?\n?$/;
/** Tens of thousands of branches: git looks into a sorted file, and does not read it. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Reads what a ref of a repository points at out of git's files (gitrepository-layout), as far as they say it plainly.
 *
 * @param ref - full name; of a branch, which always points at a commit
 * @returns the commit; null when there is no such ref; undefined when git has to be asked: it is packed or symbolic, or
 *   the repository keeps its refs in another way
 */
export async function readRef(commonDir: string, ref: string): Promise<string | null | undefined> {
  // in this order, as git does: what is packed meanwhile is found in the second place
  const loose = await readFile(join(commonDir, ref), 'utf8').catch(nullIfNoFile);
  if (loose !== null) return COMMIT.test(loose) ? loose.trim() : undefined;
  if (await isThere(join(commonDir, 'reftable'))) return undefined;
  const packed = join(commonDir, 'packed-refs');
  const size = (await stat(packed).catch(nullIfMissing))?.size ?? 0;
  if (size > MOST_BYTES) return undefined;
  const names = size === 0 ? '' : await readFile(packed, 'utf8');
  return names.includes(` ${ref}\n`) ? undefined : null;
}

/** A folder of its name holds branches with longer ones. */
function nullIfNoFile(error: unknown): null {
  return errnoOf(error) === 'EISDIR' ? null : nullIfMissing(error);
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(nullIfMissing)) !== null;
}
