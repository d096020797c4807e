import { gitOnTrees, TREE_DIFF, type TreePlace } from './git-on-trees.js';

/** More is never shown. */
const MOST_BYTES = 3 * 1024 * 1024;
const DIFF_MS = 20_000;

/**
 * What changed between two commits or trees, line by line, as git writes it. Attributes of the repository have no say in
 * it.
 *
 * @returns `cut` where there is more than 3 MiB of it
 * @throws PhasegateError `workspace_failed`, and the codes of git's failures
 */
export async function readPatch(
  place: TreePlace,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<{ text: string; cut: boolean }> {
  if (from === to) return { text: '', cut: false };
  const { stdout, cut } = await gitOnTrees(
    place,
    ['diff-tree', '-r', '-p', ...TREE_DIFF.renames, ...TREE_DIFF.safe, from, to, '--'],
    { signal, timeoutMs: DIFF_MS, maxOutputBytes: MOST_BYTES, cutOutput: true },
  );
  return { text: stdout.toString('utf8'), cut: cut === true };
}
