import { dirname, join } from 'node:path';
import type { CommitRef } from '../../domain/artifact.js';
import { commitMessage, describedCommit, oneLine, readCommits, type LoggedCommit } from '../git/commit-log.js';
import { gitIn } from '../git/git-in.js';
import { withLock } from '../git/process-lock.js';
import { realRoot } from '../confined/held-folder.js';
import { OWN_NAMES } from '../run-folder.js';
import { stageTree, treeOf } from './stage-tree.js';
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
  /** The tree that is committed: the one that checks ran on. Default: everything that changed in the worktree. */
  tree?: string;
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
  const { branch, baseCommit, tip: parent } = worktree;
  const earlier = parent === baseCommit ? null : await commitOf(worktree, request, signal);
  if (earlier) return earlier;
  const tree = request.tree ?? (await stageTree(worktree, signal));
  if (tree === null || (request.tree && tree === (await treeOf(worktree, parent, signal)))) return null;
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

/** The commits of a run, oldest first, with their diff stat; `phaseKey` is empty for commits that are not ours. */
export async function listCommits(worktree: Worktree, signal?: AbortSignal): Promise<CommitRef[]> {
  const { tip, baseCommit } = worktree;
  return tip === baseCommit ? [] : (await readCommits(worktree, baseCommit, signal)).map(withoutTrailers);
}

/**
 * The same as {@link listCommits}, without the run's folder: from the repository alone.
 *
 * @param where - `commonDir`: from `findRepository`
 */
export async function listBranchCommits(
  { commonDir, branch, baseCommit }: { commonDir: string; branch: string; baseCommit: string },
  signal?: AbortSignal,
): Promise<CommitRef[]> {
  return (await readCommits({ repo: commonDir, gitDir: commonDir, branch }, baseCommit, signal)).map(withoutTrailers);
}

function withoutTrailers({ trailers: _, ...commit }: LoggedCommit): CommitRef {
  return commit;
}
