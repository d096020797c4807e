import { splitNul } from '../worktree/index-lines.js';
import { gitOnTrees, TREE_DIFF, type TreePlace } from './git-on-trees.js';

/** Enough for a list of all files of a very large repository. */
export const MOST_LIST_BYTES = 256 * 1024 * 1024;
const LIST_MS = 10 * 60_000;

/**
 * Every path that differs between two commits or trees: of a file that was moved both its old one and its new one.
 *
 * @throws PhasegateError as git's failures
 */
export async function changedPaths(
  place: TreePlace,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const args = ['diff-tree', '-r', '--no-renames', ...TREE_DIFF.safe, '--name-only', '-z', from, to, '--'];
  const { stdout } = await gitOnTrees(place, args, { signal, timeoutMs: LIST_MS, maxOutputBytes: MOST_LIST_BYTES });
  return splitNul(stdout).map(String);
}

/** Those of the paths that a commit or tree has, as files or as folders. */
export async function pathsIn(
  place: TreePlace,
  tree: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Set<string>> {
  // a line can't hold such a name
  const asked = paths.filter((path) => !path.includes('\n'));
  if (asked.length === 0) return new Set();
  const input = asked.map((path) => `${tree}:${path}\n`).join('');
  const { text } = await gitOnTrees(place, ['cat-file', '--batch-check'], { signal, input });
  const lines = text.split('\n');
  return new Set(asked.filter((_, index) => lines[index]?.endsWith(' missing') === false));
}
