import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { startOf } from './processes/process-identity.js';

/** Who holds the stack. The one process that may use the folder writes it to `.phasegate/stack.json` (0600). */
export interface StackHolder {
  pid: number;
  /** When that process began. It tells the process from a later one with the same pid. */
  since: string;
  reaperPid: number;
  reaperSince: string;
  /** `stays`: it is up until Ctrl-C. `ends`: it ends by itself after one run. */
  kind: 'stays' | 'ends';
  /** How to reach the stack, and which model answers; null until it is ready. */
  ready: { env: Record<string, string>; modelAbout: string } | null;
}

/** `ending`: the holder is gone, and its reaper is still ending the processes. */
export type Holding = { state: 'held' | 'ending'; holder: StackHolder } | { state: 'free' };

const FILE = 'stack.json';

/** Who holds the stack of this folder now. */
export function readHolding(dir: string): Holding {
  let holder: StackHolder;
  try {
    holder = JSON.parse(readFileSync(join(dir, FILE), 'utf8')) as StackHolder;
  } catch {
    return { state: 'free' };
  }
  if (startOf(holder.pid) === holder.since) return { state: 'held', holder };
  if (startOf(holder.reaperPid) === holder.reaperSince) return { state: 'ending', holder };
  return { state: 'free' };
}

/**
 * Takes the folder for this process, unless another process holds it.
 *
 * @param dir - existing folder
 * @returns who holds it now: this process (`claimed`), or another one
 */
export async function claim(
  dir: string,
  kind: StackHolder['kind'],
  reaperPid: number,
): Promise<{ claimed: true } | { claimed: false; holding: Holding }> {
  // the lock is held only for the look and the write; the file, which names a process, holds the folder afterwards
  const unlock = await lock(dir, {
    lockfilePath: join(dir, 'stack.lock'),
    stale: 5_000,
    retries: { retries: 100, factor: 1, minTimeout: 100 },
  });
  try {
    const holding = readHolding(dir);
    if (holding.state !== 'free') return { claimed: false, holding };
    write(dir, {
      pid: process.pid,
      since: startOf(process.pid) ?? '',
      reaperPid,
      reaperSince: startOf(reaperPid) ?? '',
      kind,
      ready: null,
    });
    return { claimed: true };
  } finally {
    await unlock();
  }
}

/** Tells others that our stack is ready, and how to reach it. */
export function announce(dir: string, ready: NonNullable<StackHolder['ready']>): void {
  const holding = readHolding(dir);
  if (holding.state === 'held' && holding.holder.pid === process.pid) write(dir, { ...holding.holder, ready });
}

/** Tells others that another reaper has taken the place of the one that was noted. */
export function noteReaper(dir: string, reaperPid: number): void {
  const holding = readHolding(dir);
  if (holding.state !== 'held' || holding.holder.pid !== process.pid) return;
  write(dir, { ...holding.holder, reaperPid, reaperSince: startOf(reaperPid) ?? '' });
}

/** Gives the folder back. */
export function release(dir: string): void {
  const holding = readHolding(dir);
  if (holding.state === 'held' && holding.holder.pid === process.pid) rmSync(join(dir, FILE), { force: true });
}

function write(dir: string, holder: StackHolder): void {
  const scratch = join(dir, `${FILE}.new-${process.pid}`);
  writeFileSync(scratch, JSON.stringify(holder), { mode: 0o600 });
  renameSync(scratch, join(dir, FILE));
}
