import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspectRepository } from '../../src/workspace/git/inspect-repository.js';
import { makeWorktree } from '../../src/workspace/worktree/make-worktree.js';
import { readReservation, reserveBranch } from '../../src/workspace/git/reserve-branch.js';
import { runFolder } from '../../src/workspace/run-folder.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { failure } from '../support/failure.js';
import { gitRepository, repositoryAt, temporaryFolder, writeFiles } from '../support/git-repository.js';
import { prepareWorktree, testWorkspace } from '../support/workspace.js';

test("S07 a run gets a worktree of the base branch, and the person's checkout stays as it is", async (t) => {
  const repository = gitRepository(t, { name: 'Pröjekt 1' });
  repository.git('checkout', '--quiet', '-b', 'mine');
  writeFiles(repository.path, { 'README.md': 'half done', 'new.txt': 'untracked', 'src/staged.txt': 'staged' });
  repository.git('add', 'src/staged.txt');
  const seen = (): string[] =>
    ['status --porcelain=v2 --branch', 'for-each-ref refs/heads/main refs/heads/mine', 'stash list'].map((command) =>
      repository.git(...command.split(' ')),
    );
  const before = [
    ...seen(),
    readFileSync(join(repository.path, '.git/index')),
    readFileSync(join(repository.path, '.git/config')),
  ];
  const { worktree, branch, baseCommit, folder } = await testWorkspace(t, repository);
  assert.equal(branch, 'phasegate/my-run');
  assert.equal(baseCommit, repository.git('rev-parse', 'main'));
  assert.equal(worktree.git('rev-parse', '--abbrev-ref', 'HEAD'), branch);
  assert.equal(readFileSync(join(folder.repo, 'README.md'), 'utf8'), '# Example\n');
  assert.equal(statSync(folder.root).mode & 0o777, 0o700);
  assert.deepEqual(
    [...seen(), readFileSync(join(repository.path, '.git/index')), readFileSync(join(repository.path, '.git/config'))],
    before,
  );
  assert.ok(!existsSync(join(repository.path, '.git/phasegate.lock')));
});

test('S07 a bare repository, a linked worktree and a submodule can be worked on', async (t) => {
  const origin = gitRepository(t);
  const elsewhere = temporaryFolder(t);
  origin.git('clone', '--quiet', '--bare', origin.path, join(elsewhere, 'bare'));
  origin.git('worktree', 'add', '--quiet', '-b', 'side', join(elsewhere, 'linked'));
  const parent = gitRepository(t);
  parent.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin.path, 'sub');
  parent.commit({});
  for (const path of [join(elsewhere, 'bare'), join(elsewhere, 'linked'), join(parent.path, 'sub')]) {
    const { worktree, branch } = await testWorkspace(t, repositoryAt(path), `run of ${path}`);
    assert.equal(worktree.git('status', '--porcelain', '--branch'), `## ${branch}`);
  }
  const { folder } = await testWorkspace(t, parent);
  assert.ok(!existsSync(join(folder.repo, 'sub/README.md')), 'a submodule is not fetched');
});

test('S07 calling it again gives the same, with what was done meanwhile', async (t) => {
  const { inspected, folder, runId, workflowId, branch, baseCommit, repository } = await testWorkspace(t);
  writeFiles(folder.repo, { 'work.txt': 'precious' });
  repository.commit({ later: 'the base branch moved' });
  const moved = await inspectRepository(repository.path, 'main');
  for (const again of [inspected, moved]) {
    assert.deepEqual(await prepareWorktree({ repository: again, folder, workflowId, runId }), { branch, baseCommit });
  }
  assert.equal(readFileSync(join(folder.repo, 'work.txt'), 'utf8'), 'precious');
});

test('S07 a run has a branch before it has files; what somebody put in their place meanwhile is moved aside', async (t) => {
  const repository = gitRepository(t);
  const [inspected, runId] = [await inspectRepository(repository.path, 'main'), randomUUID()];
  const folder = runFolder(temporaryFolder(t), runId);
  const request = { repository: inspected, folder, workflowId: 'w', runId };
  const reserved = await reserveBranch(request);
  assert.deepEqual(reserved, { branch: 'phasegate/w', baseCommit: inspected.baseCommit });
  repository.commit({ later: 'the base branch moved' });
  assert.deepEqual(
    await reserveBranch({ ...request, repository: await inspectRepository(repository.path, 'main') }),
    reserved,
  );
  assert.ok(!existsSync(folder.repo));
  await assert.rejects(openWorktree(folder), failure('workspace_lost', /never made/));
  writeFiles(folder.repo, { 'mine.txt': 'precious' });
  assert.deepEqual(await prepareWorktree(request), reserved);
  assert.ok(!existsSync(join(folder.repo, 'later')) && !existsSync(join(folder.repo, 'mine.txt')));
  const [kept = ''] = readdirSync(join(folder.root, '.set-aside'));
  assert.equal(readFileSync(join(folder.root, '.set-aside', kept, 'mine.txt'), 'utf8'), 'precious');
});

test('S07 a reserved branch that somebody deletes is made again', async (t) => {
  const repository = gitRepository(t);
  const [inspected, runId] = [await inspectRepository(repository.path, 'main'), randomUUID()];
  const folder = runFolder(temporaryFolder(t), runId);
  const request = { repository: inspected, folder, workflowId: 'w', runId };
  const { branch, baseCommit } = await reserveBranch(request);
  repository.git('branch', '-D', branch);
  assert.equal(await readReservation(folder.root), null);
  assert.deepEqual(await reserveBranch(request), { branch, baseCommit });
  repository.git('branch', '-D', branch);
  assert.equal(
    await makeWorktree({
      folder,
      runId,
      executionRunId: runId,
      repoPath: repository.path,
      branch,
      baseCommit,
      head: baseCommit,
    }),
    baseCommit,
  );
  assert.equal(repository.git('rev-parse', branch), baseCommit);
});

test('S07 a branch that another run or a person has is left alone', async (t) => {
  const repository = gitRepository(t);
  const first = await testWorkspace(t, repository);
  const second = await testWorkspace(t, repository);
  assert.equal(first.branch, 'phasegate/my-run');
  assert.equal(second.branch, `phasegate/my-run-${second.runId.slice(0, 8)}`);
  repository.git('branch', 'phasegate/theirs');
  const third = await testWorkspace(t, repository, 'theirs');
  assert.equal(third.branch, `phasegate/theirs-${third.runId.slice(0, 8)}`);
});

test('S07 a run whose folder was lost takes its own branch again, with the commits on it', async (t) => {
  const { inspected, folder, runId, workflowId, branch, worktree } = await testWorkspace(t);
  const commit = worktree.commit({ 'done.txt': 'by phase one' });
  rmSync(folder.root, { recursive: true });
  await assert.rejects(openWorktree(folder), failure('workspace_lost'));
  assert.equal((await prepareWorktree({ repository: inspected, folder, workflowId, runId })).branch, branch);
  assert.equal(worktree.git('rev-parse', 'HEAD'), commit);
  assert.ok(existsSync(join(folder.repo, 'done.txt')));
  assert.equal(worktree.git('worktree', 'list').split('\n').length, 2);
});

test('S07 what an agent may have worked on is moved aside, never deleted', async (t) => {
  const { inspected, folder, runId, workflowId, repository } = await testWorkspace(t);
  writeFiles(folder.repo, { 'work.txt': 'precious' });
  rmSync(join(repository.path, '.git/worktrees'), { recursive: true });
  await assert.rejects(openWorktree(folder), failure('workspace_lost', /record of the worktree/));
  await prepareWorktree({ repository: inspected, folder, workflowId, runId });
  const [kept = ''] = readdirSync(join(folder.root, '.set-aside'));
  assert.equal(readFileSync(join(folder.root, '.set-aside', kept, 'work.txt'), 'utf8'), 'precious');
  await openWorktree(folder);
});

test('S07 half a worktree, metadata and locks that a killed git left are removed', async (t) => {
  const repository = gitRepository(t);
  const { inspected, folder, runId, workflowId, branch, worktree } = await testWorkspace(t, repository);
  const record = join(folder.root, '.worktree.json');
  let gitDir = '';
  const old = new Date(Date.now() - 60_000);
  const damages: Array<() => void> = [
    () => rmSync(join(folder.repo, '.git')),
    () => rmSync(folder.repo, { recursive: true }),
    () => rmSync(join(gitDir, 'HEAD')),
    () => writeFiles(gitDir, { gitdir: '', HEAD: `${'0'.repeat(40)}\n` }),
    () => rmSync(gitDir, { recursive: true }),
    () => writeFileSync(join(gitDir, 'locked'), 'initializing'),
    () => {
      const lock = join(repository.path, `.git/refs/heads/${branch}.lock`);
      writeFileSync(lock, '');
      utimesSync(lock, old, old);
      repository.git('worktree', 'remove', '--force', folder.repo);
      rmSync(join(repository.path, '.git/refs/heads', branch));
    },
  ];
  for (const damage of damages) {
    gitDir = worktree.git('rev-parse', '--absolute-git-dir');
    damage();
    writeFileSync(
      record,
      JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), state: 'preparing', gitDir: '' }),
    );
    await assert.rejects(openWorktree(folder), failure('workspace_lost', /never completed/));
    assert.equal(
      (await prepareWorktree({ repository: inspected, folder, workflowId, runId })).branch,
      branch,
      String(damage),
    );
    assert.equal(repositoryAt(folder.repo).git('status', '--porcelain', '--branch'), `## ${branch}`);
  }
});

test('S07 a worktree that is gone or damaged is said to be lost, and a changed .git file is put right', async (t) => {
  const { folder, worktree, repository, branch } = await testWorkspace(t);
  const pointer = readFileSync(join(folder.repo, '.git'), 'utf8');
  writeFileSync(join(folder.repo, '.git'), 'gitdir: /tmp/evil\n');
  await openWorktree(folder);
  assert.equal(readFileSync(join(folder.repo, '.git'), 'utf8'), pointer);
  rmSync(join(folder.repo, '.git'));
  mkdirSync(join(folder.repo, '.git'));
  assert.equal((await openWorktree(folder)).branch, branch);
  assert.equal(worktree.git('status', '--porcelain'), '');

  renameSync(folder.repo, `${folder.repo}-away`);
  await assert.rejects(openWorktree(folder), failure('workspace_lost', /is gone/));
  renameSync(`${folder.repo}-away`, folder.repo);
  repository.git('update-ref', '-d', `refs/heads/${branch}`);
  await assert.rejects(openWorktree(folder), failure('workspace_lost', /the branch/));
  writeFileSync(join(folder.root, '.worktree.json'), '{"state"');
  await assert.rejects(openWorktree(folder), failure('workspace_lost', /damaged/));
  await assert.rejects(openWorktree(runFolder('/nonexistent', randomUUID())), failure('workspace_lost'));
});

test('S07 a branch named phasegate stands in the way, and the message says so', async (t) => {
  const repository = gitRepository(t);
  repository.git('branch', 'phasegate');
  await assert.rejects(
    testWorkspace(t, repository),
    failure('branch_in_the_way', /the branch phasegate stands in the way/),
  );
  repository.git('branch', '-D', 'phasegate');
  await testWorkspace(t, repository);
});

test('S07 a cancelled preparation stops, and can be done again', async (t) => {
  const repository = gitRepository(t);
  const [inspected, runId] = [await inspectRepository(repository.path, 'main'), randomUUID()];
  const folder = runFolder(temporaryFolder(t), runId);
  const reason = new Error('cancelled');
  for (const delay of [0, 5, 15, 25]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), delay);
    await prepareWorktree({ repository: inspected, folder, workflowId: 'w', runId, signal: controller.signal }).catch(
      (error) => assert.equal(error, reason),
    );
  }
  await prepareWorktree({ repository: inspected, folder, workflowId: 'w', runId });
  await openWorktree(folder);
});
