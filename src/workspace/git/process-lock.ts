import lockfile from 'proper-lockfile';
import { diskFailure, errnoOf } from '../disk-failure.js';
import { inTurn } from './in-turn.js';

/** A process that holds a lock and is alive touches the lock far more often than this. */
const STALE_MS = 15_000;
const TOUCH_MS = 3_000;
const WAIT_MS = { first: 20, longest: 200, factor: 1.5 } as const;
/** It waits for more than 10 minutes. */
const TRIES = 4_000;

/**
 * Does work while no other process, and nothing else in this one, does work under the same lock. The lock of a process
 * that was killed is taken over after 15 s.
 *
 * @param path - the lock's, in a folder that exists; a folder is made there while the lock is held
 * @param work - gets a signal that fires when the lock is lost, or when `signal` fires
 * @throws PhasegateError `workspace_failed` when the lock can't be had
 */
export async function withLock<T>(
  path: string,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return inTurn(path, () => withFileLock(path, work, signal), signal);
}

async function withFileLock<T>(
  path: string,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const lost = new AbortController();
  const release = await acquire(path, lost, signal);
  try {
    return await work(signal ? AbortSignal.any([signal, lost.signal]) : lost.signal);
  } finally {
    // a lock that was lost can't be given back; the work was stopped already when it was lost
    await release().catch(() => undefined);
  }
}

async function acquire(
  path: string,
  lost: AbortController,
  signal: AbortSignal | undefined,
): Promise<() => Promise<void>> {
  let wait: number = WAIT_MS.first;
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted();
    try {
      return await lockfile.lock(path, {
        lockfilePath: path,
        realpath: false,
        stale: STALE_MS,
        update: TOUCH_MS,
        onCompromised: (error) => lost.abort(diskFailure(error, `the lock ${path} was lost`)),
      });
    } catch (error) {
      if (errnoOf(error) !== 'ELOCKED' || tries >= TRIES) throw diskFailure(error, `the lock ${path} cannot be taken`);
    }
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
    wait = Math.min(wait * WAIT_MS.factor, WAIT_MS.longest);
  }
}
