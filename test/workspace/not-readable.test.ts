// Alone in its process: the process that starts git belongs to the user who asks first.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { removeWorkspace } from '../../src/workspace/worktree/remove-workspace.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { findNotCommitted } from '../../src/workspace/worktree/not-committed.js';
import { gitRepository, temporaryFolder, writeFiles } from '../support/git-repository.js';
import { asOrdinaryUser } from '../support/ordinary-user.js';
import { testWorkspace } from '../support/workspace.js';

test('what the worker may not read is left out of the commit and listed, and the rest is committed', async (t) => {
  await asOrdinaryUser(temporaryFolder(t), async () => {
    const { folder, runId, workflowId } = await testWorkspace(t, gitRepository(t));
    writeFiles(folder.repo, { 'secret.txt': 'x', 'shut/in.txt': 'x', 'ok.txt': 'x' });
    chmodSync(join(folder.repo, 'secret.txt'), 0);
    chmodSync(join(folder.repo, 'shut'), 0);
    const remove = () =>
      removeWorkspace({ folder, isRecorded: () => false, maxArtifactBytes: 1, ignoredToo: true, dryRun: false });
    try {
      const made = await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'p-1' });
      assert.equal(made?.filesChanged, 1);
      const why = 'not readable by the worker';
      assert.deepEqual(await findNotCommitted(await openWorktree(folder), ['ok.txt', 'shut/in.txt']), [
        { path: 'secret.txt', why },
        { path: 'shut/in.txt', why },
      ]);
      assert.match(((await remove()) as { kept: string }).kept, /1 file is not committed/);
      rmSync(join(folder.repo, 'secret.txt'));
      await assert.rejects(remove(), { code: 'EACCES' }, 'git does not see what is in a folder that it may not read');
    } finally {
      chmodSync(join(folder.repo, 'shut'), 0o755);
    }
    assert.ok(existsSync(join(folder.repo, 'shut/in.txt')));
  });
});
