import { lstat, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { nullIfMissing } from '../disk-failure.js';
import { runProcess } from '../git/run-process.js';
import type { RunFolder } from '../run-folder.js';
import type { Checked } from './open-checked.js';
import { isRealFolder } from './real-folder.js';

const COPY_LIMIT_MS = 30 * 60_000;

/** As many arguments as any system takes. */
const MOST_AT_ONCE = 200;

/**
 * Copies what the set-up made into the run's worktree, for agents that run commands there, but for files that hold a
 * secret. A place where something lies already is left alone. None of it is ever committed: see `stageTree`.
 *
 * @throws PhasegateError `workspace_failed`
 */
export async function shareSetUp({ repo, setUp }: Checked, folder: RunFolder, signal?: AbortSignal): Promise<void> {
  const withheld = setUp?.withheld ?? [];
  for (const [parent, names] of byFolder(setUp?.made ?? [])) {
    if (!(await makeFolder(folder.repo, parent))) continue;
    const missing: string[] = [];
    for (const name of names)
      if ((await lstat(join(folder.repo, parent, name)).catch(nullIfMissing)) === null) missing.push(name);
    for (let from = 0; from < missing.length; from += MOST_AT_ONCE) {
      const some = missing.slice(from, from + MOST_AT_ONCE).map((name) => join(repo, parent, name));
      await copy(some, join(folder.repo, parent), signal);
    }
  }
  // no agent works before this has ended
  for (const path of withheld)
    if (await isRealFolder(folder.repo, dirname(path)))
      await rm(join(folder.repo, path), { recursive: true, force: true });
}

/** Makes the folder of a place that the set-up made as well. @returns false where a link or a file is on the way */
async function makeFolder(top: string, path: string): Promise<boolean> {
  let step = top;
  for (const name of path.split('/')) {
    step = join(step, name);
    const stats = await lstat(step).catch(nullIfMissing);
    if (stats === null) await mkdir(step);
    else if (!stats.isDirectory()) return false;
  }
  return true;
}

/** The names in each folder: a set-up may make thousands of files in one, and they are copied together. */
function byFolder(places: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const place of places) {
    const path = place.replace(/\/$/, '');
    const names = folders.get(dirname(path));
    if (names) names.push(basename(path));
    else folders.set(dirname(path), [basename(path)]);
  }
  return folders;
}

async function copy(from: readonly string[], folder: string, signal: AbortSignal | undefined): Promise<void> {
  // the clone of a file takes no space on disks that know how
  const args = ['-a', ...(process.platform === 'linux' ? ['--reflink=auto'] : []), '--', ...from, folder];
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };
  const end = await runProcess('cp', args, { env }, { signal, timeoutMs: COPY_LIMIT_MS, maxOutputBytes: 100_000 });
  if (end.stopped === 'aborted') signal?.throwIfAborted();
  if (end.code !== 0)
    throw new PhasegateError(
      'workspace_failed',
      `what the set-up made can't be copied to ${folder}: ${end.stderr.slice(0, 500)}`,
    );
}
