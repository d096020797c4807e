import { join } from 'node:path';
import { realRoot } from './held-folder.js';
import { withLock } from '../git/process-lock.js';
import { createRunFolder, OWN_NAMES, type RunFolder } from '../run-folder.js';

/**
 * Does something alone in the folder of a run, which is made where it is missing.
 *
 * @param work - gets the folder's real path, and a signal as that of `withLock`
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
