import { dirname } from 'node:path';
import { gitIn } from './git-in.js';
import { openWorktree } from './worktree.js';

export interface FileStat {
  path: string;
  /** Null for binary files. */
  insertions: number | null;
  deletions: number | null;
}

export interface DiffStat {
  filesChanged: number;
  insertions: number;
  deletions: number;
  /** At most `limit` of the files. */
  files: FileStat[];
}

/**
 * What a run changed in all, from its base commit to the tip of its branch.
 *
 * @param repoDir - the run's worktree
 * @param limit - most files that are listed; all are counted
 */
export async function diffStat(repoDir: string, baseCommit: string, limit = 100): Promise<DiffStat> {
  const worktree = await openWorktree({ root: dirname(repoDir) });
  const range = [baseCommit, `refs/heads/${worktree.branch}`];
  const { text } = await gitIn(worktree, ['diff-tree', '-r', '--numstat', '-z', '--no-renames', '--no-ext-diff', '--no-textconv', ...range, '--']);
  const files = text.split('\0').flatMap((line): FileStat[] => {
    const [, insertions, deletions, path] = /^(-|\d+)\t(-|\d+)\t([^]+)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, insertions: count(insertions), deletions: count(deletions) }];
  });
  const sum = (key: 'insertions' | 'deletions'): number => files.reduce((total, file) => total + (file[key] ?? 0), 0);
  return { filesChanged: files.length, insertions: sum('insertions'), deletions: sum('deletions'), files: files.slice(0, limit) };
}

function count(digits: string | undefined): number | null {
  return digits === undefined || digits === '-' ? null : Number(digits);
}
