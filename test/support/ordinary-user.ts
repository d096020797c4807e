import { chmodSync, chownSync, lchownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** `nobody`, on every system that tests run on. */
const ORDINARY = 65_534;

/**
 * Does something as a user to whom permissions mean something: for root, files of mode 000 are like any other.
 *
 * @param folder - becomes that user's, with all in it
 */
export async function asOrdinaryUser<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  giveTo(folder, ORDINARY);
  openTheWay();
  process.setegid?.(ORDINARY);
  process.seteuid?.(ORDINARY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/**
 * The compiled sources are in a folder of the one who runs the tests: the process that starts git reads its own file
 * there.
 */
function openTheWay(): void {
  const compiled = /^.*\/test-js-[^/]+/.exec(import.meta.dirname)?.[0];
  if (compiled !== undefined) chmodSync(compiled, 0o755);
}

function giveTo(path: string, user: number): void {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return lchownSync(path, user, user);
  chownSync(path, user, user);
  for (const name of readdirSync(path)) giveTo(join(path, name), user);
}
