import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nullIfMissing } from '../disk-failure.js';

/** A git that works on its lock file writes to it; one that was killed doesn't. */
const STALE_MS = 10_000;
const LOOK_EVERY_MS = 200;

/**
 * Waits for git's lock files that only this run's git uses, and removes those that a killed git left. Locks that the
 * whole repository shares are never touched.
 *
 * @param gitDir - of the worktree; null where there is none yet
 */
export async function clearStaleLocks(
  commonDir: string,
  gitDir: string | null,
  branch: string,
  signal?: AbortSignal,
): Promise<void> {
  const own = gitDir === null ? [] : [join(gitDir, 'index.lock'), join(gitDir, 'HEAD.lock')];
  for (const lock of [...own, join(commonDir, 'refs', 'heads', `${branch}.lock`)]) await waitOrRemove(lock, signal);
}

async function waitOrRemove(lock: string, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const stats = await stat(lock).catch(nullIfMissing);
    if (stats === null) return;
    if (Date.now() - stats.mtimeMs > STALE_MS) return rm(lock, { force: true });
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
