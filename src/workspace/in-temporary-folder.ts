import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OWN_NAMES } from './run-folder.js';

/**
 * Makes a folder among the run's temporary files, uses it, and deletes it.
 *
 * @param root - the run's folder
 * @param prefix - of its name: `tree-`
 * @param use - gets its absolute path. What it gives is given back.
 */
export async function inTemporaryFolder<T>(
  root: string,
  prefix: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const temporary = join(root, OWN_NAMES.temporary);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(temporary, prefix));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
