import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tipOf } from './choose-branch.js';
import { readArtifactFile } from './artifact-file.js';
import { countUncommitted } from './commit.js';
import { walkConfined } from './confined-listing.js';
import { diskFailure, nullIfMissing } from './disk-failure.js';
import { git } from './git.js';
import { nullIfLost } from './lost-folder.js';
import { withRepositoryLock } from './repository-lock.js';
import { readReservation, type RunBranch } from './reserve-branch.js';
import { OWN_NAMES, type RunFolder } from './run-folder.js';
import { openWorktree, type Worktree } from './worktree.js';

/** What became of a workspace: `kept` says why, in words for people. */
export type Removal = { kept: string } | { kept: null; branch: { name: string; kept: string | null } | null };

export interface RemoveWorkspace {
  folder: RunFolder;
  /** Whether the mirror keeps the bytes with that sha256. */
  isRecorded: (sha256: string) => boolean;
  /** Larger files than this can't be in the mirror. */
  maxArtifactBytes: number;
  /** Only say what would be done. */
  dryRun: boolean;
}

const MOST_FILES = 10_000;

/**
 * Removes the folder of a run that has ended, with git's record of its worktree; and its branch, where every commit on it
 * is on another branch, too. What is nowhere else is never deleted: files that nobody committed, artifacts that the mirror does
 * not have, what was moved aside.
 *
 * @returns why it was kept, or what became of its branch
 * @throws PhasegateError `workspace_failed`
 */
export async function removeWorkspace({ folder, isRecorded, maxArtifactBytes, dryRun }: RemoveWorkspace): Promise<Removal> {
  const worktree = await openWorktree(folder).catch(nullIfLost);
  const reason = await reasonToKeep(folder, worktree, isRecorded, maxArtifactBytes);
  if (reason !== null) return { kept: reason };
  const place = worktree ?? (await readReservation(folder.root).catch(nullIfLost));
  if (!place) {
    if (!dryRun) await removeFolder(folder.root);
    return { kept: null, branch: null };
  }
  return withRepositoryLock(place.commonDir, async () => {
    const only = await onlyThere(place);
    if (!dryRun) {
      await removeFolder(folder.root);
      if (worktree) await rm(worktree.gitDir, { recursive: true, force: true });
      if (only.kept === null && only.tip !== null) await git(place.commonDir, ['update-ref', '-d', `refs/heads/${place.branch}`, only.tip], { gitDir: place.commonDir });
    }
    return { kept: null, branch: { name: place.branch, kept: only.kept } };
  });
}

async function reasonToKeep(folder: RunFolder, worktree: Worktree | null, isRecorded: (sha256: string) => boolean, maxBytes: number): Promise<string | null> {
  const aside = (await readdir(join(folder.root, OWN_NAMES.setAside)).catch(nullIfMissing)) ?? [];
  if (aside.length > 0) return `${OWN_NAMES.setAside} holds what was moved aside`;
  if (!worktree && ((await readdir(folder.repo).catch(nullIfMissing)) ?? []).length > 0) return 'repo/ is no worktree that git knows: what is in it may be nowhere else';
  if (worktree) {
    const uncommitted = await countUncommitted(worktree);
    if (uncommitted > 0) return `${uncommitted} ${uncommitted === 1 ? 'file is' : 'files are'} not committed in repo/`;
  }
  for await (const { path } of walkConfined(folder.root, ['artifacts'], { limit: MOST_FILES })) {
    const found = await readArtifactFile(folder.root, path, maxBytes);
    if (found.kind !== 'missing' && !(found.kind === 'file' && isRecorded(found.sha256))) return `${path} is not in the mirror`;
  }
  return null;
}

/** Whether the run's branch holds commits that no other branch has. */
async function onlyThere({ commonDir, branch, baseCommit }: RunBranch & { commonDir: string }): Promise<{ tip: string | null; kept: string | null }> {
  const tip = await tipOf(commonDir, branch);
  if (tip === null) return { tip, kept: null };
  const own = `refs/heads/${branch}`;
  const { text: containing } = await git(commonDir, ['for-each-ref', `--contains=${tip}`, '--format=%(refname)', 'refs/heads', 'refs/remotes', 'refs/tags'], { gitDir: commonDir });
  const elsewhere = containing.split('\n').filter((ref) => ref !== '' && ref !== own);
  if (tip === baseCommit || elsewhere.length > 0) return { tip, kept: null };
  const { text: count } = await git(commonDir, ['rev-list', '--count', `${baseCommit}..${tip}`], { gitDir: commonDir });
  return { tip, kept: `${count} ${count === '1' ? 'commit of the run is' : 'commits of the run are'} on no other branch` };
}

/** Out of sight at once, then file by file: one that is half removed is no workspace any more. */
async function removeFolder(root: string): Promise<void> {
  const going = join(dirname(root), `.removed-${root.slice(dirname(root).length + 1)}`);
  try {
    await rename(root, going);
    await rm(going, { recursive: true, force: true });
  } catch (error) {
    throw diskFailure(error, `${root} cannot be removed`);
  }
}
