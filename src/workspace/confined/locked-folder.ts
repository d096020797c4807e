import { join } from 'node:path';
import { realRoot } from './held-folder.js';
import { withLock } from '../git/process-lock.js';
import { createRunFolder, OWN_NAMES, type RunFolder } from '../run-folder.js';

/**
 * Does something in the folder of a run while nobody else does. The folder is made where it is missing.
 *
 * @param work - gets the folder's real path, and the same kind of signal as with `withLock`
 * @throws PhasegateError `workspace_failed`
 */
export async function withLockedFolder<T>(
  folder: RunFolder,
  work: (root: string, signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await createRunFolder(folder);
  const root = await realRoot(folder.root);
  return withLock(join(root, OWN_NAMES.lock), (held) => work(root, held), signal);
}
