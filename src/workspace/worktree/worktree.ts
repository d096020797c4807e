import { join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import type { GitOptions } from '../git/git.js';
import { realRoot } from '../confined/held-folder.js';
import type { RunFolder } from '../run-folder.js';
import { mendPointer } from './git-pointer.js';
import { inspectWorktree, readRecord } from './worktree-record.js';

/** A run's worktree, ready to be used. All paths are real. */
export interface Worktree {
  root: string;
  repo: string;
  branch: string;
  baseCommit: string;
  commonDir: string;
  gitDir: string;
  /** The commit of the branch when the worktree was opened. */
  tip: string;
  /** The commit on which the files are based. It is not `tip` when another worker has gone on with the run. */
  filesTip: string | undefined;
  /** Another index than its own, and a folder for new objects: see `withWorkTree`. */
  scratch?: Pick<GitOptions, 'indexFile' | 'objects' | 'extra'>;
}

/**
 * Checks whether a run's worktree is there and can be used, and corrects its `.git` file if something changed it.
 *
 * @throws PhasegateError `workspace_lost`
 */
export async function openWorktree(folder: Pick<RunFolder, 'root'>): Promise<Worktree> {
  const root = await realRoot(folder.root);
  const repo = join(root, 'repo');
  const record = await readRecord(root);
  if (record === null) throw new PhasegateError('workspace_lost', `there is no worktree in ${root}`);
  const found = await inspectWorktree(record, repo);
  if ('damage' in found) throw new PhasegateError('workspace_lost', found.damage);
  await mendPointer({ root, repo, gitDir: record.gitDir }, 'move');
  const { branch, baseCommit, commonDir, gitDir, tip: filesTip } = record;
  return { root, repo, branch, baseCommit, commonDir, gitDir, tip: found.tip, filesTip };
}
