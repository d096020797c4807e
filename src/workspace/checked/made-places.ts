import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { nullIfMissing } from '../disk-failure.js';
import { forgetSetUp, type Checked } from './open-checked.js';

const AT_ONCE = 64;

/**
 * Proves that what the set-up made is still there. Where it is not, the set-up is done again by the next try.
 *
 * @throws PhasegateError `workspace_failed`, which is tried again
 */
export async function proveMade(checked: Checked): Promise<void> {
  const made = checked.setUp?.made ?? [];
  for (let from = 0; from < made.length; from += AT_ONCE) {
    const some = made.slice(from, from + AT_ONCE);
    const there = await Promise.all(some.map((place) => isThere(checked.repo, place)));
    const lost = some.find((_, index) => !there[index]);
    if (lost === undefined) continue;
    await forgetSetUp(checked);
    throw new PhasegateError(
      'workspace_failed',
      `${JSON.stringify(lost)}, which the set-up made, is no longer in the worktree of the checks: the set-up is done again`,
    );
  }
}

async function isThere(repo: string, place: string): Promise<boolean> {
  const stats = await lstat(join(repo, place.replace(/\/$/, ''))).catch(nullIfMissing);
  return stats !== null && stats.isDirectory() === place.endsWith('/');
}
