import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dropKeptWork, keepWork, listKeptWork } from '../../src/workspace/changes/keep-work.js';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { removeWorkspace } from '../../src/workspace/worktree/remove-workspace.js';
import { gitRepository, newRepositoryAt, writeFiles } from '../support/git-repository.js';
import { testWorkspace, type TestWorkspace } from '../support/workspace.js';

const keep = ({ folder, runId }: TestWorkspace, phaseKey = 'code', attempt = 2) =>
  keepWork({ root: folder.root, runId, phaseKey, attempt });

test('work that is not committed is kept under a ref of the repository, and stays where it is', async (t) => {
  const repository = gitRepository(t, { files: { 'a.txt': 'one\n', '.gitignore': 'build/\n' } });
  const workspace = await testWorkspace(t, repository);
  const { folder, runId, baseCommit, branch } = workspace;
  assert.equal(await keep(workspace), null, 'nothing to keep');
  writeFiles(folder.repo, { 'a.txt': 'two\n', 'new\nname.txt': 'x\n', 'build/out': 'x\n' });
  symlinkSync('/etc/passwd', join(folder.repo, 'link'));
  const kept = await keep(workspace);
  assert.deepEqual(
    [kept?.ref, kept?.changed],
    [`refs/phasegate/${runId}/kept/code-2`, { files: 3, added: 3, removed: 1 }],
  );
  assert.equal(repository.git('rev-parse', String(kept?.ref)), kept?.commit);
  assert.equal(repository.git('rev-parse', `${kept?.ref}^`), baseCommit);
  assert.equal(repository.git('rev-parse', branch), baseCommit, 'the branch of the run does not move');
  assert.match(repository.git('show', String(kept?.ref)), /^commit [^]*Phasegate-Phase: code[^]*\+two/);
  assert.equal(repository.git('ls-tree', '--name-only', String(kept?.ref), 'build'), '');
  assert.equal(readFileSync(join(folder.repo, 'a.txt'), 'utf8'), 'two\n');
  assert.ok(existsSync(join(folder.repo, 'build/out')));
});

test('the same work is kept once, other work under a name of its own, and a retry can still commit it', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, runId, workflowId, inspected } = workspace;
  writeFiles(folder.repo, { 'x.txt': '1\n' });
  const first = await keep(workspace);
  assert.deepEqual(await keep(workspace), first);
  assert.deepEqual(await keep(workspace, 'run', 1), first, 'the end of the run finds what the phase kept');
  writeFiles(folder.repo, { 'x.txt': '2\n' });
  const second = await keep(workspace);
  assert.equal(second?.ref, `${first?.ref}.2`);
  assert.deepEqual(
    (await listKeptWork(inspected.commonDir, runId)).map(({ ref }) => ref),
    [first?.ref, second?.ref],
  );
  const place = { repoDir: folder.repo, runId, workflowId };
  const made = await commitPhase({ ...place, phaseKey: 'code', occurrence: 'o' });
  assert.equal(made?.filesChanged, 1);
  assert.equal(await keep(workspace, 'code', 3), null);
});

test('of a repository that an agent made inside, the files are kept, too', async (t) => {
  const workspace = await testWorkspace(t);
  newRepositoryAt(join(workspace.folder.repo, 'inner'));
  writeFiles(workspace.folder.repo, { 'inner/a.txt': 'x\n' });
  const kept = await keep(workspace);
  assert.match(workspace.repository.git('ls-tree', '-r', String(kept?.ref)), /^100644 blob \w+\tinner\/a\.txt$/m);
});

test('the names of other runs and phases stay apart, and a key of any form gives a name that git takes', async (t) => {
  const workspace = await testWorkspace(t);
  writeFiles(workspace.folder.repo, { 'x.txt': '1\n' });
  const kept = await keep(workspace, '../../heads/main\n --output=x', 1);
  assert.match(String(kept?.ref), /^refs\/phasegate\/[\w-]+\/kept\/-heads-main-+output-x-1$/);
});

test('prune lets go of kept work together with the branch of the run', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, runId, inspected, worktree } = workspace;
  writeFiles(folder.repo, { 'x.txt': '1\n' });
  const kept = await keep(workspace);
  const request = { folder, isRecorded: () => true, maxArtifactBytes: 1_000, ignoredToo: false, dryRun: false };
  const held = await removeWorkspace(request);
  assert.match(String(held.kept), /1 file is not committed/, 'files that no commit of a branch has are never deleted');
  worktree.git('reset', '--quiet', '--hard');
  assert.deepEqual(
    (await listKeptWork(inspected.commonDir, runId)).map(({ ref }) => ref),
    [kept?.ref],
  );
  assert.equal((await removeWorkspace(request)).kept, null);
  assert.deepEqual(await listKeptWork(inspected.commonDir, runId), []);
  await dropKeptWork(inspected.commonDir, runId);
});
