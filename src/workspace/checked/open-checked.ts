import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFailure, nullIfMissing } from '../disk-failure.js';
import { settingNames } from '../git/git.js';
import { withRepositoryLock } from '../git/repository-lock.js';
import { OWN_NAMES } from '../run-folder.js';
import { addWorktree, fillWorktree } from '../worktree/check-out.js';
import { listCheckouts } from '../worktree/checkouts.js';
import type { Worktree } from '../worktree/worktree.js';
import { readChecked, writeChecked, type SetUpDone } from './checked-record.js';

/** The worktree in which set-up and checks run. No agent and no tool of one reaches it. All paths are real. */
export interface Checked {
  root: string;
  /** Its folder. */
  repo: string;
  gitDir: string;
  commonDir: string;
  setUp: SetUpDone | null;
}

/**
 * Opens the worktree of the checks, and makes it where there is none that can be used. It is on no branch. It has
 * nothing in it that is nowhere else, so one that is damaged is thrown away.
 *
 * @param worktree - the run's own, which is open
 * @param commit - at which it is made
 * @param setUpHash - a worktree with the traces of another set-up, or of half a set-up, is made anew
 * @throws PhasegateError `workspace_failed`
 */
export async function openChecked(
  { root, commonDir }: Pick<Worktree, 'root' | 'commonDir'>,
  runId: string,
  commit: string,
  setUpHash: string,
  signal?: AbortSignal,
): Promise<Checked> {
  const repo = join(root, OWN_NAMES.checked);
  const record = await readChecked(root);
  if (record?.commonDir === commonDir && record.setUp?.hash === setUpHash && (await isWhole(repo, record.gitDir)))
    return { root, repo, ...record };
  await discard(root, [OWN_NAMES.checked, OWN_NAMES.checkedHome]);
  const left = (await listCheckouts(commonDir)).filter(({ path }) => isOwn(path, root));
  const settings = await settingNames(commonDir, { gitDir: commonDir, signal });
  const added = await withRepositoryLock(
    commonDir,
    async (held) => {
      for (const { gitDir } of left) await rm(gitDir, { recursive: true, force: true });
      return addWorktree(root, { commonDir, runId, branch: { commit } }, settings, held);
    },
    signal,
  );
  await fillWorktree(repo, added, signal);
  const made = { gitDir: added.gitDir, commonDir, setUp: null };
  await writeChecked(root, made);
  return { root, repo, ...made };
}

/** The home of the commands, with what the set-up downloaded there. */
export function homeOf({ root }: Pick<Checked, 'root'>): string {
  return join(root, OWN_NAMES.checkedHome);
}

/** Notes that the set-up has ended well. */
export async function noteSetUp(checked: Checked, setUp: SetUpDone): Promise<Checked> {
  const { root, gitDir, commonDir } = checked;
  await writeChecked(root, { gitDir, commonDir, setUp });
  return { ...checked, setUp };
}

/** The next time that it is opened, it is made anew, and the set-up is done again. */
export async function forgetSetUp({ root, gitDir, commonDir }: Checked): Promise<void> {
  await writeChecked(root, { gitDir, commonDir, setUp: null });
}

async function isWhole(repo: string, gitDir: string): Promise<boolean> {
  const stats = await lstat(repo).catch(nullIfMissing);
  const pointer = await readFile(join(gitDir, 'gitdir'), 'utf8').catch(nullIfMissing);
  return stats?.isDirectory() === true && pointer?.trim() === join(repo, '.git');
}

/** The own worktrees of the checks that git knows of, those that were never completed included. */
function isOwn(path: string | null, root: string): boolean {
  return path === join(root, OWN_NAMES.checked) || path?.startsWith(`${join(root, OWN_NAMES.temporary)}/`) === true;
}

/**
 * The folders are taken away at once. A set-up may have made folders that may not be written, and then some of it stays
 * in the run's folder until that is removed.
 */
async function discard(root: string, names: readonly string[]): Promise<void> {
  const going = join(root, OWN_NAMES.temporary, `discarded-${randomUUID().slice(0, 8)}`);
  try {
    await rm(join(root, OWN_NAMES.checkedRecord), { force: true });
    await mkdir(going, { recursive: true, mode: 0o700 });
    for (const name of names) await rename(join(root, name), join(going, name)).catch(nullIfMissing);
    await mkdir(join(root, OWN_NAMES.checkedHome), { mode: 0o700 });
  } catch (error) {
    throw diskFailure(error, `${join(root, OWN_NAMES.checked)} cannot be made anew`);
  }
  await rm(going, { recursive: true, force: true }).catch(() => undefined);
}
