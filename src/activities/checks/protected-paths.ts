import { PhasegateError } from '../../domain/failures.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import { changedPaths } from '../../workspace/changes/changed-paths.js';
import type { Worktree } from '../../workspace/worktree/worktree.js';
import type { PhaseRun } from '../phase/phase-run.js';

/** Files that the repository protects and that were changed, as paths from the repository's folder. */
export interface ProtectedPaths {
  /** By this phase, in this round, since its last commit: what it is refused for where it has no right to. */
  byPhase: string[];
  /** By the whole run: what people see. An earlier round or revision may have changed a file that is still changed. */
  byRun: string[];
}

/**
 * Finds the protected files that were changed.
 *
 * @param tree - the one that is to be committed
 */
export async function protectedPaths(
  { task }: PhaseRun,
  { gitDir }: Worktree,
  tree: string,
  signal: AbortSignal,
): Promise<ProtectedPaths> {
  const { protect } = task.commands;
  const { baseCommit } = task.repository;
  const since = (commit: string): Promise<string[]> => changedSince(commit, { gitDir }, protect, tree, signal);
  const byPhase = await since(task.head);
  return { byPhase, byRun: task.head === baseCommit ? byPhase : await since(baseCommit) };
}

async function changedSince(
  commit: string,
  place: Pick<Worktree, 'gitDir'>,
  protect: readonly string[],
  tree: string,
  signal: AbortSignal,
): Promise<string[]> {
  if (protect.length === 0) return [];
  const changed = await changedPaths(place, commit, tree, signal);
  if (changed.length === 0) return [];
  try {
    const matched = await offload('matchPatterns', protect, changed);
    return changed.filter((_, index) => (matched[index] ?? -1) >= 0);
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    // nobody may get around protection by a change of very many files
    const message = `whether the ${changed.length} changed files are protected could not be found out: it ${error.message}`;
    throw new PhasegateError('workspace_failed', message, {}, { cause: error });
  }
}
