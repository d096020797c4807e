import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { makeWorktree } from '../../src/workspace/worktree/make-worktree.js';
import { removeWorkspace } from '../../src/workspace/worktree/remove-workspace.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { freeBranch, holdBranch } from '../../src/workspace/worktree/branch-hold.js';
import { failure } from '../support/failure.js';
import { gitRepository, temporaryFolder, writeFiles } from '../support/git-repository.js';
import { testWorkspace } from '../support/workspace.js';

test('S07 the branch of a run that has ended is free, and its folder stays as it was', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, repository, branch, runId, workflowId, worktree } = workspace;
  writeFiles(folder.repo, { 'done.txt': 'x' });
  assert.ok(await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'p-1' }));
  writeFiles(folder.repo, { 'left.txt': 'x' });
  assert.throws(
    () => repository.git('switch', branch),
    /already/,
    'while the run is open nobody can take the branch away',
  );
  for (let n = 0; n < 2; n++) await freeBranch(await openWorktree(folder));
  repository.git('switch', '--quiet', branch);
  assert.equal(worktree.git('status', '--porcelain'), '?? left.txt');
  rmSync(join(folder.repo, 'left.txt'));
  const removed = await removeWorkspace({
    folder,
    isRecorded: () => true,
    maxArtifactBytes: 1,
    ignoredToo: false,
    dryRun: false,
  });
  assert.equal(removed.kept, null);
  assert.ok(existsSync(join(repository.path, 'done.txt')));
});

test('S07 a branch is freed where HEAD is a symbolic link, and its commits are UTF-8 whatever the repository says', async (t) => {
  const repository = gitRepository(t);
  repository.git('config', 'core.preferSymlinkRefs', 'true');
  repository.git('config', 'i18n.commitEncoding', 'ISO-8859-1');
  const { folder, branch, runId, workflowId } = await testWorkspace(t, repository, 'my-rün');
  writeFiles(folder.repo, { 'done.txt': 'x' });
  const made = await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'p-1' });
  assert.equal(made?.subject, 'phasegate: p (my-rün)');
  await freeBranch(await openWorktree(folder));
  repository.git('switch', '--quiet', branch);
  assert.equal(repository.git('log', '-1', '--format=%s', '--encoding=UTF-8'), 'phasegate: p (my-rün)');
});

test('S07 a branch that a person is on is not deleted from under them, also when all of it is merged', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, repository, branch, runId, workflowId } = workspace;
  writeFiles(folder.repo, { 'done.txt': 'x' });
  await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'p-1' });
  await freeBranch(await openWorktree(folder));
  repository.git('switch', '--quiet', branch);
  repository.git('branch', '--force', 'main', branch);
  const removed = await removeWorkspace({
    folder,
    isRecorded: () => true,
    maxArtifactBytes: 1,
    ignoredToo: false,
    dryRun: false,
  });
  assert.ok(removed.kept === null && removed.branch);
  assert.match(removed.branch.kept ?? '', /checked out in/);
  assert.equal(repository.git('status', '--porcelain'), '');
  assert.equal(repository.git('rev-parse', 'HEAD'), repository.git('rev-parse', 'main'));
});

test('S20 a run that goes on takes its branch again, and never from under a person', async (t) => {
  const { folder, repository, branch, runId, baseCommit } = await testWorkspace(t);
  await freeBranch(await openWorktree(folder));
  repository.git('switch', '--quiet', branch);
  await assert.rejects(
    holdBranch(await openWorktree(folder), runId),
    failure('branch_in_use', new RegExp(`checked out in ${repository.path}`)),
  );
  const place = {
    folder,
    runId,
    executionRunId: runId,
    repoPath: repository.path,
    branch,
    baseCommit,
    head: baseCommit,
  };
  rmSync(folder.repo, { recursive: true });
  await assert.rejects(makeWorktree(place), failure('branch_in_use'));
  repository.git('switch', '--quiet', 'main');
  await makeWorktree(place);
  await holdBranch(await openWorktree(folder), runId);
  const side = join(temporaryFolder(t), 'side');
  await freeBranch(await openWorktree(folder));
  repository.git('worktree', 'add', '--quiet', side, branch);
  await assert.rejects(holdBranch(await openWorktree(folder), runId), failure('branch_in_use', /side/));
  rmSync(side, { recursive: true });
  await holdBranch(await openWorktree(folder), runId);
  assert.throws(() => repository.git('switch', branch), /already/);
});

for (const packed of [false, true]) {
  test(`S07 a branch that stands in the way is named, or passed by${packed ? ', packed' : ''}`, async (t) => {
    const repository = gitRepository(t);
    const branches = ['phasegate/below/x/y', 'phasegate/Folded', 'phasegate/FOLDER/x'];
    for (const name of branches) repository.git('branch', name);
    if (packed) repository.git('pack-refs', '--all');
    for (const [id, taken] of [
      ['below', true],
      ['folded', true],
      ['folder', true],
      ['other', false],
      ['below/x', false],
    ] as const) {
      const { branch, runId } = await testWorkspace(t, repository, id);
      const plain = `phasegate/${id.replace('/', '-')}`;
      assert.equal(branch, taken ? `${plain}-${runId.slice(0, 8)}` : plain);
    }
    const blocked = gitRepository(t);
    blocked.git('branch', 'phasegate');
    if (packed) blocked.git('pack-refs', '--all');
    await assert.rejects(
      testWorkspace(t, blocked),
      failure('branch_in_the_way', /the branch phasegate stands in the way .* branch -m phasegate NAME/),
    );
  });
}
