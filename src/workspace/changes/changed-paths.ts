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

/** A path that differs between two commits or trees. */
export interface ChangedPath {
  path: string;
  /** Whether it is a symbolic link, or a submodule, in the second one. */
  isLink: boolean;
}

/** With what it was in the first one. */
export interface ChangedEntry extends ChangedPath {
  /** Whether the first one does not have it. */
  isNew: boolean;
}

const LINK_MODES = ['120000', '160000'];
const NOTHING = ':000000';

/** As {@link changedPaths}, with what is a link, and what is new. */
export async function changedEntries(
  place: TreePlace,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<ChangedEntry[]> {
  const args = ['diff-tree', '-r', '--no-renames', ...TREE_DIFF.safe, '--raw', '-z', from, to, '--'];
  const { stdout } = await gitOnTrees(place, args, { signal, timeoutMs: LIST_MS, maxOutputBytes: MOST_LIST_BYTES });
  const parts = splitNul(stdout).map(String);
  return parts.flatMap((facts, n): ChangedEntry[] => {
    // the facts of an entry, and then its path
    const [oldMode, newMode = ''] = facts.split(' ');
    return n % 2 === 0
      ? [{ path: parts[n + 1] ?? '', isLink: LINK_MODES.includes(newMode), isNew: oldMode === NOTHING }]
      : [];
  });
}

/** Those of the paths that a commit or tree has, with what they are there: `blob`, `tree` (a folder) or `commit`. */
export async function pathsIn(
  place: TreePlace,
  tree: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  // a line can't hold such a name
  const asked = paths.filter((path) => !path.includes('\n'));
  if (asked.length === 0) return new Map();
  const input = asked.map((path) => `${tree}:${path}\n`).join('');
  const { text } = await gitOnTrees(place, ['cat-file', '--batch-check=%(objecttype)'], { signal, input });
  const lines = text.split('\n');
  return new Map(
    asked.flatMap((path, index): [string, string][] => {
      const type = lines[index] ?? '';
      return /^\w+$/.test(type) ? [[path, type]] : [];
    }),
  );
}
