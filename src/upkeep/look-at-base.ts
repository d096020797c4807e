import { inspectRepository } from '../workspace/git/inspect-repository.js';

/**
 * Whether a run can start from a branch of a repository on this machine.
 *
 * @param baseBranch - null: as a run chooses it
 * @throws PhasegateError as `inspectRepository`: `repo_…`, `branch_not_found`
 */
export async function lookAtBase(repoPath: string, baseBranch: string | null): Promise<void> {
  await inspectRepository(repoPath, baseBranch);
}
