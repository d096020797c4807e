import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { nullIfMissing } from '../disk-failure.js';
import { runProcess } from '../git/run-process.js';
import type { RunFolder } from '../run-folder.js';
import type { Checked } from './open-checked.js';
import { isRealFolder } from './real-folder.js';

const COPY_LIMIT_MS = 30 * 60_000;

/**
 * Copies what the set-up made into the run's worktree, for agents that run commands there. A place where something lies
 * already is left alone. None of it is ever committed: see `stageTree`.
 *
 * @throws PhasegateError `workspace_failed`
 */
export async function shareSetUp({ repo, setUp }: Checked, folder: RunFolder, signal?: AbortSignal): Promise<void> {
  for (const place of setUp?.made ?? []) {
    const path = place.replace(/\/$/, '');
    const target = join(folder.repo, path);
    if ((await lstat(target).catch(nullIfMissing)) !== null || !(await isRealFolder(folder.repo, dirname(path))))
      continue;
    await copy(join(repo, path), target, signal);
  }
}

async function copy(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  // the clone of a file takes no space on disks that know how
  const args = ['-a', ...(process.platform === 'linux' ? ['--reflink=auto'] : []), '--', from, to];
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };
  const end = await runProcess('cp', args, { env }, { signal, timeoutMs: COPY_LIMIT_MS, maxOutputBytes: 100_000 });
  if (end.stopped === 'aborted') signal?.throwIfAborted();
  if (end.code !== 0)
    throw new PhasegateError(
      'workspace_failed',
      `what the set-up made can't be copied to ${to}: ${end.stderr.slice(0, 500)}`,
    );
}
