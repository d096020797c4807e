import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommitRef } from '../../domain/artifact.js';
import { PhasegateError } from '../../domain/failures.js';
import { commitMessage, describedCommit, oneLine, readCommits, type LoggedCommit } from '../git/commit-log.js';
import { gitIn } from '../git/git-in.js';
import { findRepository } from '../git/inspect-repository.js';
import { withLock } from '../git/process-lock.js';
import { realRoot } from '../confined/held-folder.js';
import { OWN_NAMES } from '../run-folder.js';
import { leaveOutFiltered, stageEverything } from './stage-changes.js';
import { clearStaleLocks } from '../git/stale-locks.js';
import { noteTip } from './worktree-record.js';
import { openWorktree, type Worktree } from './worktree.js';

export interface CommitPhase {
  /** The run's worktree. */
  repoDir: string;
  phaseKey: string;
  runId: string;
  workflowId: string;
  /** Identifies this execution of the phase. It gets one commit, however often this is called. */
  occurrence: string;
  /** The subject and, after an empty line, the body. Default: the phase and the workflow id, and the summary. */
  message?: string;
  /** What the agent says of its work. */
  summary?: string | null;
  signal?: AbortSignal;
}

/**
 * Commits everything that changed in a run's worktree to the run's branch, except files that would need a filter. It
 * uses git's plumbing commands, so no hook, no signature and no setting of the repository has an effect. The branch
 * moves only if it is still where it was seen.
 *
 * @returns null when nothing changed; the earlier commit when this execution of the phase has one
 * @throws PhasegateError workspace_lost, workspace_failed
 */
export async function commitPhase(request: CommitPhase): Promise<CommitRef | null> {
  const root = await realRoot(dirname(request.repoDir));
  const commit = async (held: AbortSignal) => commitAlone(await openWorktree({ root }), request, held);
  return withLock(join(root, OWN_NAMES.lock), commit, request.signal);
}

async function commitAlone(worktree: Worktree, request: CommitPhase, signal: AbortSignal): Promise<CommitRef | null> {
  const { commonDir, gitDir, branch, baseCommit, tip: parent } = worktree;
  const earlier = parent === baseCommit ? null : await commitOf(worktree, request, signal);
  if (earlier) return earlier;
  await clearStaleLocks(commonDir, gitDir, branch, signal);
  await returnToBranch(worktree, signal);
  if (await isClean(worktree, signal)) return null;
  await stageEverything(worktree, parent, signal);
  if ((await leaveOutFiltered(worktree, parent, signal)) === 0) return null;
  const { text: tree } = await gitIn(worktree, ['write-tree'], { signal });
  const { phaseKey, runId, workflowId, occurrence, summary = null } = request;
  const { message = describedCommit(phaseKey, workflowId, summary) } = request;
  const input = commitMessage(message, { run: runId, phase: phaseKey, occurrence });
  const { text: commit } = await gitIn(worktree, ['commit-tree', tree, '-p', parent, '-F', '-'], { input, signal });
  await gitIn(
    worktree,
    ['update-ref', '-m', `phasegate: ${oneLine(phaseKey)}`, `refs/heads/${branch}`, commit, parent],
    { signal },
  );
  await noteTip(worktree.root, commit);
  return commitOf(worktree, request, signal);
}

async function commitOf(worktree: Worktree, request: CommitPhase, signal: AbortSignal): Promise<CommitRef | null> {
  const [run, phase, occurrence] = [request.runId, request.phaseKey, request.occurrence].map(oneLine);
  const commits = await readCommits(worktree, worktree.baseCommit, signal);
  const own = commits.findLast(
    ({ trailers: t }) => t?.run === run && t?.phase === phase && t?.occurrence === occurrence,
  );
  return own ? withoutTrailers(own) : null;
}

/** Somebody may have switched the worktree to another branch. Its files still count, and go to the run's branch. */
async function returnToBranch(worktree: Worktree, signal: AbortSignal): Promise<void> {
  const ref = `refs/heads/${worktree.branch}`;
  const head = await readFile(join(worktree.gitDir, 'HEAD'), 'utf8').catch(() => '');
  if (head.trim() !== `ref: ${ref}`) await gitIn(worktree, ['symbolic-ref', 'HEAD', ref], { signal });
}

/**
 * Whether there is certainly nothing to commit. Sometimes git can't tell, because of attributes that an agent wrote.
 * Then there may be something.
 */
async function isClean(worktree: Worktree, signal: AbortSignal): Promise<boolean> {
  try {
    return (await countUncommitted(worktree, signal)) === 0;
  } catch (error) {
    if (!(error instanceof PhasegateError) || signal.aborted) throw error;
    return false;
  }
}

/** The commits of a run, oldest first, with their diff stat; `phaseKey` is empty for commits that are not ours. */
export async function listCommits(worktree: Worktree, signal?: AbortSignal): Promise<CommitRef[]> {
  const { tip, baseCommit } = worktree;
  return tip === baseCommit ? [] : (await readCommits(worktree, baseCommit, signal)).map(withoutTrailers);
}

/** The same as {@link listCommits}, without the run's folder: from the repository alone. */
export async function listBranchCommits(
  { repoPath, branch, baseCommit }: { repoPath: string; branch: string; baseCommit: string },
  signal?: AbortSignal,
): Promise<CommitRef[]> {
  const commonDir = await findRepository(repoPath, signal);
  return (await readCommits({ repo: commonDir, gitDir: commonDir, branch }, baseCommit, signal)).map(withoutTrailers);
}

/** How many files of a run's worktree differ from the last commit. New ones count, ignored ones don't. */
export async function countUncommitted(worktree: Worktree, signal?: AbortSignal): Promise<number> {
  return (await listChanges(worktree, signal)).length;
}

/** The files of {@link countUncommitted}, as paths from the worktree's folder. */
export async function listChanges(worktree: Worktree, signal?: AbortSignal): Promise<string[]> {
  return (await listUncommitted(worktree, { signal })).changed;
}

/**
 * The files in a run's worktree that are not in its last commit, as paths from the worktree's folder.
 *
 * @param look - `ignored`: also ignored files; when a whole folder is ignored, only the folder
 */
export async function listUncommitted(
  worktree: Worktree,
  look: { signal?: AbortSignal; ignored?: true } = {},
): Promise<{ changed: string[]; ignored: string[] }> {
  // for a look into submodules another git would start there, with settings of theirs
  const args = [
    'status',
    '--porcelain',
    '-z',
    '--untracked-files=all',
    '--no-renames',
    '--ignore-submodules=all',
    ...(look.ignored ? ['--ignored=matching'] : []),
  ];
  const { text } = await gitIn(worktree, args, { signal: look.signal });
  const entries = text.split('\0').filter((entry) => entry !== '');
  const paths = (isIgnored: boolean): string[] =>
    entries.filter((entry) => entry.startsWith('!!') === isIgnored).map((entry) => entry.slice('XY '.length));
  return { changed: paths(false), ignored: paths(true) };
}

function withoutTrailers({ trailers: _, ...commit }: LoggedCommit): CommitRef {
  return commit;
}
