// A worker in a process of its own, to be killed: repoPath, workspaceRoot, workflowId, runId.
import { commitPhase } from '../../../src/workspace/worktree/commit.js';
import { inspectRepository } from '../../../src/workspace/git/inspect-repository.js';
import { runFolder } from '../../../src/workspace/run-folder.js';
import { prepareWorktree } from '../../support/workspace.js';

const [repoPath = '', workspaceRoot = '', workflowId = '', runId = '', phaseKey] = process.argv.slice(2);
const folder = runFolder(workspaceRoot, runId);
process.stdout.write('started\n');
if (phaseKey === undefined) {
  const repository = await inspectRepository(repoPath, 'main');
  process.stdout.write(`${(await prepareWorktree({ repository, folder, workflowId, runId })).branch}\n`);
} else {
  const commit = await commitPhase({ repoDir: folder.repo, phaseKey, runId, workflowId, occurrence: 'once' });
  process.stdout.write(`${commit?.sha}\n`);
}
