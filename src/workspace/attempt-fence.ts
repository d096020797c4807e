import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import { diskFailure } from './disk-failure.js';
import { OWN_NAMES } from './run-folder.js';
import { writeFileAtomically } from './write-atomically.js';

/** Keeps an attempt from writing once a newer one has begun in the same folder, on whatever worker. */
export interface AttemptFence {
  /** Fires soon after a newer attempt has claimed the folder. */
  signal: AbortSignal;
  /** @throws PhasegateError `workspace_failed` when a newer attempt has claimed the folder */
  check(): void;
  /** Stops watching; the folder stays this attempt's until the next one claims it. */
  release(): void;
}

const WATCH_MS = 500;

/**
 * Makes this attempt the one that may write in a run's folder. An attempt that Temporal has given up (its worker was cut off,
 * or the run was reset) may still be at work.
 *
 * @param root - the run's folder
 */
export async function claimFolder(root: string): Promise<AttemptFence> {
  const file = join(root, OWN_NAMES.attempt);
  const token = randomUUID();
  // no attempt outlives a power cut
  await writeFileAtomically(file, token, { mayBeLost: true }).catch((error: unknown) => {
    throw diskFailure(error, `${file} cannot be written`);
  });
  const stop = new AbortController();
  const check = (): void => {
    if (stop.signal.aborted || isClaimedBy(file, token)) return stop.signal.throwIfAborted();
    stop.abort(new PhasegateError('workspace_failed', 'a newer attempt works in the folder of the run'));
    stop.signal.throwIfAborted();
  };
  const watch = setInterval(() => {
    try {
      check();
    } catch {
      clearInterval(watch);
    }
  }, WATCH_MS);
  watch.unref();
  return { signal: stop.signal, check, release: () => clearInterval(watch) };
}

function isClaimedBy(file: string, token: string): boolean {
  try {
    return readFileSync(file, 'utf8') === token;
  } catch {
    // gone with the folder: what is written next says so better
    return true;
  }
}
