import { randomUUID } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { nullIfMissing } from './disk-failure.js';
import { OWN_NAMES } from './run-folder.js';

/**
 * Moves something away, into a folder of the run that agents don't see. It may be somebody's work.
 *
 * @param root - the run's folder
 * @param path - absolute; it is not an error when nothing is there
 */
export async function moveAside(root: string, path: string | Buffer): Promise<void> {
  const folder = join(root, OWN_NAMES.setAside);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rename(path, join(folder, `${new Date().toISOString().replaceAll(':', '')}-${randomUUID().slice(0, 8)}`)).catch(
    nullIfMissing,
  );
}
