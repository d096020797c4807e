import { join } from 'node:path';
import { withLock } from './process-lock.js';

/**
 * Does work while nobody else, on any worker, makes or deletes branches and worktrees of runs in a repository.
 *
 * @param commonDir - the folder of the lock: workers with different workspace roots must meet there
 * @param work - the same as for `withLock`
 */
export async function withRepositoryLock<T>(
  commonDir: string,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withLock(join(commonDir, 'phasegate.lock'), work, signal);
}
