import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cut, PhasegateError } from '../../domain/failures.js';
import { dropKeptWork } from '../changes/keep-work.js';
import { forgetPushed } from '../push/push-branch.js';
import { tipOf } from '../git/branch-tip.js';
import { readArtifactFile } from '../artifact-file.js';
import { walkConfined } from '../confined/confined-listing.js';
import { diskFailure, errnoOf, nullIfMissing } from '../disk-failure.js';
import { git } from '../git/git.js';
import { realRoot } from '../confined/held-folder.js';
import { nullIfLost } from '../lost-folder.js';
import type { PathRefused } from '../confined/path-refused.js';
import { withRepositoryLock } from '../git/repository-lock.js';
import { readReservation, type RunBranch } from '../git/reserve-branch.js';
import { OWN_NAMES, type RunFolder } from '../run-folder.js';
import { REMOVED_PREFIX } from '../run-folders.js';
import { openWorktree, type Worktree } from './worktree.js';
import { otherCheckout } from './branch-hold.js';
import { isLeftIn, listCheckouts } from './checkouts.js';
import { onlyHere } from './only-here.js';

/** What became of a workspace. `kept` is the reason, for people. */
export type Removal = { kept: string } | { kept: null; branch: { name: string; kept: string | null } | null };

export interface RemoveWorkspace {
  folder: RunFolder;
  /** Whether the mirror keeps the bytes with that sha256. */
  isRecorded: (sha256: string) => boolean;
  /** Larger files than this can't be in the mirror. */
  maxArtifactBytes: number;
  /** Files that the repository ignores may be deleted although no commit has them. */
  ignoredToo: boolean;
  /** Only says what would be done. */
  dryRun: boolean;
  /**
   * How long to wait for another process that changes the repository. A killed process's lock is taken over after 15 s.
   */
  lockPatienceMs?: number;
}

const MOST_FILES = 10_000;
/** What `rm` may say of files that it can't delete. */
const MOST_SAID_BYTES = 16 * 1024 * 1024;
const LOCK_PATIENCE_MS = 25_000;

/**
 * Removes the folder of a run that has ended, with git's record of its worktree. It also removes the run's branch, when
 * every commit on it is on another branch, too. Things that are nowhere else are never deleted: files that no commit
 * has, artifacts that the mirror does not have, and what was moved aside.
 *
 * @returns why it was kept, or what became of its branch
 * @throws PhasegateError, or an error of the disk. Then nothing was deleted, or the rest has another name.
 */
export async function removeWorkspace(request: RemoveWorkspace): Promise<Removal> {
  const { folder, dryRun, lockPatienceMs = LOCK_PATIENCE_MS } = request;
  const worktree = await openWorktree(folder).catch(nullIfLost);
  const reason = await reasonToKeep(request, worktree);
  if (reason !== null) return { kept: reason };
  const place = worktree ?? (await readReservation(folder.root).catch(nullIfLost));
  if (!place) {
    if (!dryRun) await removeFolder(folder.root);
    return { kept: null, branch: null };
  }
  const patience = AbortSignal.timeout(lockPatienceMs);
  let begun = false;
  try {
    return await withRepositoryLock(
      place.commonDir,
      async () => {
        begun = true;
        return removeAlone(folder.root, worktree, place, dryRun);
      },
      patience,
    );
  } catch (error) {
    if (begun || !patience.aborted) throw error;
    return { kept: `somebody else changes its repository ${place.commonDir} (phasegate.lock)` };
  }
}

async function removeAlone(
  root: string,
  worktree: Worktree | null,
  place: RunBranch & { commonDir: string },
  dryRun: boolean,
): Promise<Removal> {
  const only = await whyBranchStays(root, place);
  const branch = { name: place.branch, kept: only.kept };
  if (dryRun) return { kept: null, branch };
  // the run's own worktree, and that of its checks
  const left = (await listCheckouts(place.commonDir)).filter(isLeftIn(worktree?.root ?? (await realRoot(root))));
  await removeFolder(root, async () => {
    try {
      for (const { gitDir } of left) await rm(gitDir, { recursive: true, force: true });
      if (only.kept === null) {
        await dropKeptWork(place.commonDir, basename(root));
        await forgetPushed(place.commonDir, basename(root));
      }
      if (only.kept === null && only.tip !== null)
        await git(place.commonDir, ['update-ref', '-d', `refs/heads/${place.branch}`, only.tip], {
          gitDir: place.commonDir,
        });
    } catch (error) {
      // the folder has gone by now, so git's record of it does no harm
      branch.kept = error instanceof Error ? error.message : String(error);
    }
  });
  return { kept: null, branch };
}

async function reasonToKeep(
  { folder, isRecorded, maxArtifactBytes, ignoredToo }: RemoveWorkspace,
  worktree: Worktree | null,
): Promise<string | null> {
  const aside = (await readdir(join(folder.root, OWN_NAMES.setAside)).catch(nullIfMissing)) ?? [];
  if (aside.length > 0) return `${OWN_NAMES.setAside} holds what was moved aside`;
  if (worktree) {
    const reason = await onlyHere(worktree, ignoredToo);
    if (reason !== null) return reason;
  } else if (await holdsSomething(folder.repo))
    return 'repo/ is not a worktree that git knows: what is in it may be nowhere else';
  return unrecordedArtifact(folder, isRecorded, maxArtifactBytes);
}

/** A run that failed before its first phase may have no folder of artifacts. */
async function unrecordedArtifact(
  { root, artifacts }: RunFolder,
  isRecorded: (sha256: string) => boolean,
  maxBytes: number,
): Promise<string | null> {
  const stats = await lstat(artifacts).catch(nullIfMissing);
  if (stats === null) return null;
  if (!stats.isDirectory()) return 'artifacts is not a folder';
  const denied: PathRefused[] = [];
  for await (const { path } of walkConfined(root, ['artifacts'], {
    limit: MOST_FILES,
    denied: (refusal) => denied.push(refusal),
  })) {
    const found = await readArtifactFile(root, path, maxBytes);
    if (found.kind !== 'missing' && !(found.kind === 'file' && isRecorded(found.sha256)))
      return `${path} is not in the mirror`;
  }
  return denied[0]?.message ?? null;
}

async function holdsSomething(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(nullIfMissing);
  return stats !== null && (!stats.isDirectory() || (await readdir(path)).length > 0);
}

/** A branch under somebody's feet stays, and one with commits of its own. */
async function whyBranchStays(
  root: string,
  place: RunBranch & { commonDir: string },
): Promise<{ tip: string | null; kept: string | null }> {
  const only = await onlyThere(place);
  if (only.kept !== null || only.tip === null) return only;
  const checkout = await otherCheckout(place.commonDir, place.branch, isLeftIn(await realRoot(root)));
  return { ...only, kept: checkout && `it is checked out in ${checkout}` };
}

/** Whether the run's branch holds commits that no other branch has. */
async function onlyThere({
  commonDir,
  branch,
  baseCommit,
}: RunBranch & { commonDir: string }): Promise<{ tip: string | null; kept: string | null }> {
  const tip = await tipOf(commonDir, branch);
  if (tip === null) return { tip, kept: null };
  const own = `refs/heads/${branch}`;
  const { text: containing } = await git(
    commonDir,
    ['for-each-ref', `--contains=${tip}`, '--format=%(refname)', 'refs/heads', 'refs/remotes', 'refs/tags'],
    { gitDir: commonDir },
  );
  const elsewhere = containing.split('\n').filter((ref) => ref !== '' && ref !== own);
  if (elsewhere.length > 0) return { tip, kept: null };
  // somebody may have rewritten the base branch, or the run may have begun at a detached HEAD
  if (tip === baseCommit) return { tip, kept: 'the commit that the run began at is on no other branch' };
  const { text: count } = await git(commonDir, ['rev-list', '--count', `${baseCommit}..${tip}`], { gitDir: commonDir });
  return {
    tip,
    kept: `${count} ${count === '1' ? 'commit of the run is' : 'commits of the run are'} on no other branch`,
  };
}

/**
 * Takes the folder away at once by a rename, and then deletes it file by file: a half-removed folder must not look like
 * a workspace.
 *
 * @param between - is done after the rename
 */
async function removeFolder(root: string, between: () => Promise<void> = async () => {}): Promise<void> {
  const going = join(
    dirname(root),
    `${REMOVED_PREFIX}${root.slice(dirname(root).length + 1)}-${randomUUID().slice(0, 8)}`,
  );
  await rename(root, going).catch((error: unknown) => Promise.reject(diskFailure(error, `${root} cannot be removed`)));
  await between();
  await finishRemoval(going);
}

/** Deletes the rest of a folder that was about to be deleted. @throws PhasegateError `workspace_failed` */
export async function finishRemoval(going: string): Promise<void> {
  const removed = rm(going, { recursive: true, force: true }).catch((error: unknown) =>
    errnoOf(error) === 'ENAMETOOLONG' ? removeDeep(going) : Promise.reject(error),
  );
  await removed.catch((error: unknown) => {
    const hint =
      errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM' ? ' (delete the rest by hand, or as root)' : '';
    throw new PhasegateError(
      'workspace_failed',
      `${going} could not be deleted whole: ${cut(error instanceof Error ? error.message : String(error), 500)}${hint}`,
    );
  });
}

/** Node.js names every file by its whole path, which can be longer than a system call takes. `rm` goes from folder to folder. */
async function removeDeep(going: string): Promise<void> {
  await promisify(execFile)('rm', ['-rf', '--', going], { maxBuffer: MOST_SAID_BYTES });
}
