import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { inspectRepository, type Repository } from '../../src/workspace/git/inspect-repository.js';
import { runFolder, type RunFolder } from '../../src/workspace/run-folder.js';
import { nullIfLost } from '../../src/workspace/lost-folder.js';
import { makeWorktree } from '../../src/workspace/worktree/make-worktree.js';
import { reserveBranch, type ReserveBranch, type RunBranch } from '../../src/workspace/git/reserve-branch.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { gitRepository, repositoryAt, temporaryFolder, type TestRepository } from './git-repository.js';

/** A run's prepared workspace on a repository, both removed after the test. */
export interface TestWorkspace {
  repository: TestRepository;
  inspected: Repository;
  folder: RunFolder;
  runId: string;
  workflowId: string;
  branch: string;
  baseCommit: string;
  /** The run's worktree, used as a person would. */
  worktree: TestRepository;
}

/** What a run's plan and its first phase do to its folder; may be called again. */
export async function prepareWorktree({ signal, ...request }: ReserveBranch): Promise<RunBranch> {
  const { folder, runId, repository } = request;
  const made = await reserveBranch({ ...request, signal });
  const place = {
    folder,
    runId,
    executionRunId: runId,
    repoPath: repository.path,
    ...made,
    head: made.baseCommit,
    signal,
  };
  if (!(await openWorktree(folder).catch(nullIfLost))) await makeWorktree(place);
  return made;
}

export async function testWorkspace(
  t: TestContext,
  repository: TestRepository = gitRepository(t),
  workflowId = 'my-run',
): Promise<TestWorkspace> {
  const runId = randomUUID();
  const folder = runFolder(temporaryFolder(t), runId);
  const inspected = await inspectRepository(repository.path, 'main');
  const { branch, baseCommit } = await prepareWorktree({ repository: inspected, folder, workflowId, runId });
  return { repository, inspected, folder, runId, workflowId, branch, baseCommit, worktree: repositoryAt(folder.repo) };
}
