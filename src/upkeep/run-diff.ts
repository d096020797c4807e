import { gitOnTrees, TREE_DIFF } from '../workspace/changes/git-on-trees.js';
import { inspectRepository } from '../workspace/git/inspect-repository.js';

const MOST_BYTES = 32 * 1024 * 1024;

/**
 * What differs between two commits, as git's patch. Nothing of the repository is run.
 *
 * @param repoPath - the repository of the run, on this machine
 * @param most - longest patch in bytes; what is longer is cut
 * @throws PhasegateError as `inspectRepository` and git's failures
 */
export async function runDiff(
  repoPath: string,
  from: string,
  to: string,
  most = MOST_BYTES,
): Promise<{ patch: string; cut: boolean }> {
  const { commonDir } = await inspectRepository(repoPath, null);
  const args = ['diff-tree', '-r', '-p', ...TREE_DIFF.safe, ...TREE_DIFF.renames, from, to, '--'];
  const found = await gitOnTrees({ gitDir: commonDir }, args, { maxOutputBytes: most, cutOutput: true });
  return { patch: found.text, cut: found.cut ?? false };
}
