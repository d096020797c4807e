import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import { chooseBranch } from './choose-branch.js';
import { diskFailure, errnoOf, nullIfMissing } from './disk-failure.js';
import { realRoot } from './held-folder.js';
import type { Repository } from './inspect-repository.js';
import { makeWorktree } from './make-worktree.js';
import { moveAside } from './move-aside.js';
import { withLock } from './process-lock.js';
import { createRunFolder, OWN_NAMES, type RunFolder } from './run-folder.js';
import { inspectWorktree, readRecord } from './worktree-record.js';
import { writeFileAtomically } from './write-atomically.js';

export { branchName } from './branch-name.js';

export interface PrepareWorktree {
  repository: Repository;
  folder: RunFolder;
  workflowId: string;
  runId: string;
  signal?: AbortSignal;
}

/** A run's worktree, ready to be used. All paths are real. */
export interface Worktree {
  root: string;
  repo: string;
  branch: string;
  baseCommit: string;
  commonDir: string;
  gitDir: string;
  /** Where the branch was when the worktree was opened. */
  tip: string;
  /** The commit that the files are based on; elsewhere than `tip` when another worker has gone on with the run. */
  filesTip: string | undefined;
}

/**
 * Makes the run's folder with a git worktree on a branch of the run's own (S07). May be called again at any time, also
 * after a kill half way: it then completes what is there, and never discards what an agent may have worked on. The
 * person's checkout, index, HEAD and branches stay as they are.
 *
 * @returns the branch, and the commit it started from
 * @throws PhasegateError `workspace_failed`
 */
export async function prepareWorktree(request: PrepareWorktree): Promise<{ branch: string; baseCommit: string }> {
  const { folder, signal } = request;
  await createRunFolder(folder);
  const root = await realRoot(folder.root);
  return withLock(join(root, OWN_NAMES.lock), (held) => prepareAlone({ ...request, signal: held }, root), signal);
}

async function prepareAlone({ repository, workflowId, runId, signal }: PrepareWorktree, root: string): Promise<{ branch: string; baseCommit: string }> {
  const { commonDir } = repository;
  const record = await readRecord(root);
  if (record?.commonDir === commonDir && 'tip' in (await inspectWorktree(record, join(root, 'repo')))) return { branch: record.branch, baseCommit: record.baseCommit };

  const baseCommit = record?.baseCommit ?? repository.baseCommit;
  const request = { root, commonDir, record: { runId, baseCommit }, neverUsed: record?.state === 'preparing', signal };
  const { branch } = await makeWorktree(request, async (leftovers, others) => {
    const chosen = await chooseBranch({ commonDir, workflowId, runId, record, leftovers, others });
    return { ...chosen, start: baseCommit };
  });
  return { branch, baseCommit };
}

/**
 * Looks whether a run's worktree is there and can be used, and puts its `.git` file right if something changed it.
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
  await mendPointer(root, join(repo, '.git'), `gitdir: ${record.gitDir}\n`);
  const { branch, baseCommit, commonDir, gitDir, tip: filesTip } = record;
  return { root, repo, branch, baseCommit, commonDir, gitDir, tip: found.tip, filesTip };
}

/** Our own git calls never read the `.git` file; a person's in that folder would. */
async function mendPointer(root: string, path: string, content: string): Promise<void> {
  try {
    const stats = await lstat(path).catch(nullIfMissing);
    if (stats?.isFile() && stats.size < 10_000 && (await readFile(path, 'utf8')) === content) return;
    if (stats) await moveAside(root, path);
    await writeFileAtomically(path, content, { mode: 0o644, temporaryFolder: root });
  } catch (error) {
    if (errnoOf(error) === 'EROFS') return;
    throw diskFailure(error, `${path} cannot be put right`);
  }
}
