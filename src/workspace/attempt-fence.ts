import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOlder, parseRank, rankText, type AttemptRank } from '../domain/attempt-rank.js';
import { OlderAttempt } from '../domain/older-attempt.js';
import { diskFailure } from './disk-failure.js';
import { OWN_NAMES } from './run-folder.js';

/** Keeps an attempt from writing after a newer one has begun in the same folder, on whatever worker. */
export interface AttemptFence {
  /** Fires soon after a newer attempt has claimed the folder. */
  signal: AbortSignal;
  /** @throws OlderAttempt when a newer attempt has claimed the folder */
  check(): void;
  /** Stops watching; the folder stays this attempt's until a newer one claims it. */
  release(): void;
}

const WATCH_MS = 500;

/**
 * Makes this attempt the one that may write in a run's folder. An attempt that Temporal has given up may still be at
 * work, because its worker was cut off or frozen, or the run was reset. Each attempt has a file of its own there, whose
 * name is its rank. So two attempts that claim at the same time never overwrite each other, and at least the later one
 * sees both files.
 *
 * @param root - the run's folder
 * @param rank - the rank of this attempt
 * @throws OlderAttempt when a newer attempt was here before
 * @throws PhasegateError `workspace_failed` when the disk refuses
 */
export async function claimFolder(root: string, rank: AttemptRank): Promise<AttemptFence> {
  const folder = join(root, OWN_NAMES.claims);
  const own = `${rankText(rank)}.${randomUUID().slice(0, 8)}`;
  await claim(folder, own, rank).catch((error: unknown) => {
    throw error instanceof OlderAttempt ? error : diskFailure(error, `${folder} cannot be written`);
  });
  const stop = new AbortController();
  const check = (): void => {
    if (!stop.signal.aborted && !holds(folder, own))
      stop.abort(new OlderAttempt('a newer attempt works in the folder of the run'));
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

/**
 * It writes its own file first, and then looks at the others. When two do so at the same time, at least the later to
 * look sees both.
 */
async function claim(folder: string, own: string, rank: AttemptRank): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // no attempt outlives a power cut, so it does not wait until the file is safe on the disk
  await (await open(join(folder, own), 'wx', 0o600)).close();
  const others = othersIn(await readdir(folder), own);
  if (others.some((other) => isOlder(rank, other.rank))) {
    await rm(join(folder, own), { force: true });
    throw new OlderAttempt('a newer attempt works in the folder of the run');
  }
  await Promise.all(others.map(({ name }) => rm(join(folder, name), { force: true })));
}

function othersIn(names: readonly string[], own: string): { name: string; rank: AttemptRank }[] {
  return names.flatMap((name) => {
    const rank = name === own ? null : parseRank(name);
    return rank ? [{ name, rank }] : [];
  });
}

/** The file is opened, because a shared disk then asks its server. A mere look may be answered from memory. */
function holds(folder: string, own: string): boolean {
  try {
    closeSync(openSync(join(folder, own), 'r'));
    return true;
  } catch {
    return isEmpty(folder, own);
  }
}

/** The claim of another attempt is not found because the folder is gone. The next write gives the better message. */
function isEmpty(folder: string, own: string): boolean {
  try {
    return othersIn(readdirSync(folder), own).length === 0;
  } catch {
    return true;
  }
}
