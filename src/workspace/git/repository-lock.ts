import { join } from 'node:path';
import { withLock } from './process-lock.js';

/**
 * Does something while nobody else, on whatever worker, makes or deletes branches and worktrees of runs in a
 * repository.
 *
 * @param commonDir - where the lock is: workers with different workspace roots must meet there
 * @param work - as for `withLock`
 */
export async function withRepositoryLock<T>(
  commonDir: string,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withLock(join(commonDir, 'phasegate.lock'), work, signal);
}
