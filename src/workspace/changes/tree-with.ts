import { join } from 'node:path';
import { inPlaces } from '../checked/in-places.js';
import { gitIn } from '../git/git-in.js';
import { inTemporaryFolder } from '../in-temporary-folder.js';
import { joinNul, splitNul } from '../worktree/index-lines.js';
import type { Worktree } from '../worktree/worktree.js';
import { MOST_LIST_BYTES } from './changed-paths.js';
import { gitOnTrees, TREE_DIFF } from './git-on-trees.js';

/**
 * Makes the tree of a commit with some files of another tree, and nothing else of that one. No worktree is changed.
 *
 * @param base - a commit
 * @param tree - from which the files are taken; one that it does not have is taken away
 * @param files - files or folders, as paths from the repository's folder
 * @throws PhasegateError as git's failures
 */
export async function treeWith(
  worktree: Worktree,
  base: string,
  tree: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const lines = await differing(worktree, base, tree, files, signal);
  return inTemporaryFolder(worktree.root, 'tree-', async (folder) => {
    const view = { ...worktree, scratch: { indexFile: join(folder, 'index') } };
    await gitIn(view, ['read-tree', base], { signal });
    const put = ['update-index', '--replace', '-z', '--index-info'];
    if (lines.length > 0) await gitIn(view, put, { signal, input: joinNul(lines) });
    return (await gitIn(view, ['write-tree'], { signal })).text;
  });
}

/** Lines for `update-index --index-info`. The names of files are bytes, because not every name is text. */
async function differing(
  { gitDir }: Worktree,
  base: string,
  tree: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<Buffer[]> {
  const isTaken = inPlaces([...files, ...files.map((file) => `${file}/`)]);
  const args = ['diff-tree', '-r', '--no-renames', ...TREE_DIFF.safe, '--raw', '--no-abbrev', '-z', base, tree, '--'];
  const { stdout } = await gitOnTrees({ gitDir }, args, { signal, maxOutputBytes: MOST_LIST_BYTES });
  const parts = splitNul(stdout);
  const lines: Buffer[] = [];
  for (let n = 0; n + 1 < parts.length; n += 2) {
    const [facts, path] = [parts[n]!, parts[n + 1]!];
    if (!isTaken(String(path))) continue;
    const [, mode = '', , id = ''] = String(facts).split(' ');
    lines.push(Buffer.concat([Buffer.from(`${mode} ${id}\t`), path]));
  }
  return lines;
}
