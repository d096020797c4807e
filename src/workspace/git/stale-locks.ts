import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nullIfMissing } from '../disk-failure.js';

/** A git that is at work writes to its lock file. One that was killed does not. */
const STALE_MS = 10_000;
const LOOK_EVERY_MS = 200;

/**
 * Waits for git's lock files that only this run's git uses, and removes those that a killed git left. It never touches
 * locks that the whole repository shares.
 *
 * @param gitDir - the worktree's; null where there is no worktree yet
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
