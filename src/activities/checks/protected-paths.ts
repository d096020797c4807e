import { PhasegateError } from '../../domain/failures.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import { changedPaths } from '../../workspace/changes/changed-paths.js';
import type { Worktree } from '../../workspace/worktree/worktree.js';
import type { PhaseRun } from '../phase/phase-run.js';

/**
 * The files that the repository protects and that the phase changed, as paths from the repository's folder.
 *
 * @param tree - the one that is to be committed
 */
export async function protectedPaths(
  { task }: PhaseRun,
  { gitDir }: Worktree,
  tree: string,
  signal: AbortSignal,
): Promise<string[]> {
  const { protect } = task.commands;
  if (protect.length === 0) return [];
  const changed = await changedPaths({ gitDir }, task.head, tree, signal);
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
