import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { nullIfMissing } from '../disk-failure.js';

/**
 * Whether no step to a folder is a link: an agent may have made one, and it could lead out.
 *
 * @param top - a folder that is real
 * @param path - from there, with slashes
 */
export async function isRealFolder(top: string, path: string): Promise<boolean> {
  let step = top;
  for (const name of path.split('/')) {
    step = join(step, name);
    if ((await lstat(step).catch(nullIfMissing))?.isDirectory() !== true) return false;
  }
  return true;
}
