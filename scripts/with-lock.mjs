// Lets one process at a time do something. It is plain Node without packages, because it runs before there are any.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_WAIT_MS = 10 * 60_000;

/**
 * Waits until no other process has the lock, does the work, and gives the lock back. The lock of a process that was
 * killed is taken over.
 *
 * @param {string} folder that exists as long as somebody has the lock
 * @param {string} doing what the others do meanwhile, for the message when the wait was too long
 * @param {() => Promise<void>} work
 */
export async function withLock(folder, doing, work) {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  mkdirSync(dirname(folder), { recursive: true });
  while (!take(folder)) {
    if (Date.now() > deadline)
      throw new Error(
        `Another process has been ${doing} for ten minutes. If none of your processes does that, delete ${folder}.`,
      );
    await sleep(100);
  }
  putAwayRest(folder);
  try {
    await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function take(folder) {
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (isAbandoned(folder)) putAway(folder);
  return false;
}

function isAbandoned(folder) {
  const pid = pidIn(folder);
  // its owner gets a moment to write it
  if (pid === 0) return Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 5_000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** 0 when no number is written there. */
function pidIn(folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8'));
  } catch {
    return 0;
  }
}

/** What a process left that was killed while it took a lock over. Only the owner of the lock does this. */
function putAwayRest(folder) {
  for (const name of readdirSync(dirname(folder)))
    if (name.startsWith(`${basename(folder)}.`)) rmSync(join(dirname(folder), name), { recursive: true, force: true });
}

/** Removes a lock in one step: when several processes wait, only one of them can do so. */
function putAway(folder) {
  const away = `${folder}.${process.pid}`;
  try {
    renameSync(folder, away);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  rmSync(away, { recursive: true, force: true });
}
