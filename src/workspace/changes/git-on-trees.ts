import { join } from 'node:path';
import { git, type GitOptions, type GitResult } from '../git/git.js';

/** A repository, in which only what it has stored is looked at. */
export interface TreePlace {
  /** The git directory of a repository, or of a worktree. */
  gitDir: string;
  /** Where `gitDir` is one of our own making, without settings: the directory that knows branches and tags. */
  refsDir?: string;
  /** A folder for objects that are not kept, and the folder with those of the repository. */
  scratch?: { objects: string; alternate: string };
}

/** A file of this many bytes counts as binary: git takes minutes to compare texts of hundreds of megabytes. */
const MOST_TEXT_BYTES = 8 * 1024 * 1024;

/** Arguments for a comparison of trees. */
export const TREE_DIFF = {
  /** Nothing of the repository is run or decides how it is shown. */
  safe: [
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '--submodule=short',
    '--diff-algorithm=myers',
    '--ignore-submodules=none',
    '--src-prefix=a/',
    '--dst-prefix=b/',
  ],
  /** With many renamed files the comparison of all with all is left out. */
  renames: ['-M', '-l400'],
} as const;

/**
 * Runs git on what a repository has stored. It sees no file of a worktree and no index. So no attribute that an agent
 * wrote has a say, and no link in a worktree leads anywhere.
 *
 * @throws PhasegateError as `git` does
 */
export function gitOnTrees(
  { gitDir, refsDir, scratch }: TreePlace,
  args: readonly string[],
  options: Omit<GitOptions, 'gitDir' | 'workTree'> = {},
): Promise<GitResult> {
  return git(gitDir, args, {
    ...options,
    gitDir,
    // there are no attributes there, and no index of this name
    workTree: gitDir,
    indexFile: join(gitDir, 'phasegate-no-index'),
    ...(scratch && { objects: scratch }),
    ...(refsDir !== undefined && { settings: [] }),
    extra: [
      ['core.bigFileThreshold', String(MOST_TEXT_BYTES)],
      ['core.quotePath', 'false'],
    ],
  });
}
