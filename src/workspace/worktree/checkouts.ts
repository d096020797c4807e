import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { nullIfMissing } from '../disk-failure.js';

/** This many are read in a few milliseconds. Then everything else that the process does gets its turn. */
const AT_ONCE = 200;

/** A work tree that a repository knows of. Its folder may be gone. */
export interface Checkout {
  /** Its own git directory. */
  gitDir: string;
  /** Its folder; null for the repository's main one. */
  path: string | null;
  /** Full name of its branch; null when it is on none. */
  ref: string | null;
}

/**
 * All work trees of a repository. They are read from its files, because git's own list leaves out half-made ones. A
 * killed worker leaves such work trees behind.
 *
 * @param commonDir - real path of the git directory that they share
 */
export async function listCheckouts(commonDir: string): Promise<Checkout[]> {
  const names = (await readdir(join(commonDir, 'worktrees')).catch(nullIfMissing)) ?? [];
  const checkouts: Checkout[] = [{ gitDir: commonDir, path: null, ref: refOf(commonDir) }];
  for (const name of names) {
    const gitDir = join(commonDir, 'worktrees', name);
    const pointer = readText(join(gitDir, 'gitdir'));
    // an empty file names no folder; newer versions of git may write a path relative to the file's own folder
    checkouts.push({ gitDir, path: pointer ? dirname(resolve(gitDir, pointer)) : null, ref: refOf(gitDir) });
    if (checkouts.length % AT_ONCE === 0) await others();
  }
  return checkouts;
}

/**
 * Whether a work tree is in the folder of a run, because an earlier try left it. @param root - real path of that folder
 */
export function isLeftIn(root: string): (checkout: Checkout) => boolean {
  return ({ path }) => path?.startsWith(`${root}/`) === true;
}

function refOf(gitDir: string): string | null {
  return /^ref: (.+)$/.exec(readText(join(gitDir, 'HEAD')) ?? '')?.[1] ?? null;
}

/**
 * Two files of one line each for every run that the repository knows. It would take the thread ten times as long to
 * wait for each of them.
 */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '');
  } catch (error) {
    return nullIfMissing(error);
  }
}
