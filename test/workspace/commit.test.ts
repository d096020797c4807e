import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { commitPhase, listCommits } from '../../src/workspace/worktree/commit.js';
import { countUncommitted } from '../../src/workspace/worktree/uncommitted.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { failure } from '../support/failure.js';
import { gitRepository, newRepositoryAt, repositoryAt, writeFiles } from '../support/git-repository.js';
import { testWorkspace, type TestWorkspace } from '../support/workspace.js';

const commit = (
  { folder, runId, workflowId }: TestWorkspace,
  phaseKey: string,
  rest: { occurrence?: string; message?: string; summary?: string } = {},
) => commitPhase({ repoDir: folder.repo, phaseKey, runId, workflowId, occurrence: `${phaseKey}-1`, ...rest });

test('S10 what a phase changed is one commit on the branch of the run, by phasegate, with its trailers', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, worktree, repository, baseCommit, runId, branch } = workspace;
  writeFiles(folder.repo, {
    'src/b c – ü.txt': 'new\n',
    'src/a.txt': 'one\nTWO\nthree\n',
    '.gitignore': '*.log\n',
    'debug.log': 'x',
  });
  rmSync(join(folder.repo, 'README.md'));
  chmodSync(join(folder.repo, 'src/a.txt'), 0o755);
  symlinkSync('src/a.txt', join(folder.repo, 'link'));
  assert.equal(await countUncommitted(await openWorktree(folder)), 5);
  const made = await commit(workspace, 'implementation');
  assert.deepEqual(made, {
    phaseKey: 'implementation',
    sha: worktree.git('rev-parse', 'HEAD'),
    subject: 'phasegate: implementation (my-run)',
    filesChanged: 5,
    insertions: 5,
    deletions: 2,
  });
  assert.equal(await countUncommitted(await openWorktree(folder)), 0);
  assert.equal(worktree.git('log', '-1', '--format=%an <%ae> %cn'), 'phasegate <phasegate@localhost> phasegate');
  assert.equal(
    worktree.git('log', '-1', '--format=%(trailers:unfold)').trim(),
    `Phasegate-Run: ${runId}\nPhasegate-Phase: implementation\nPhasegate-Occurrence: implementation-1`,
  );
  assert.equal(worktree.git('ls-tree', '-r', '--name-only', 'HEAD', '--', 'debug.log'), '');
  assert.match(worktree.git('ls-tree', 'HEAD', 'src/a.txt', 'link'), /^120000 .*link\n100755 /);
  assert.equal(repository.git('rev-parse', branch), made?.sha);
  assert.equal(repository.git('rev-parse', 'main'), baseCommit);
  assert.deepEqual(await listCommits(await openWorktree(folder)), [made]);
});

test('S10 no change, no commit; the same occurrence, the same commit; another one, another commit', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder } = workspace;
  assert.equal(await commit(workspace, 'design'), null);
  writeFiles(folder.repo, { 'x.txt': '1\n' });
  const first = await commit(workspace, 'design');
  assert.deepEqual(await commit(workspace, 'design'), first);
  writeFiles(folder.repo, { 'x.txt': '2\n' });
  assert.deepEqual(await commit(workspace, 'design'), first, 'later changes wait for the next occurrence');
  const second = await commit(workspace, 'design', { occurrence: 'design-2' });
  assert.notEqual(second?.sha, first?.sha);
  assert.deepEqual(await listCommits(await openWorktree(folder)), [first, second]);
});

test('the summary of the artifact is the body of the commit, as one paragraph without control characters', async (t) => {
  const workspace = await testWorkspace(t, undefined, `a-workflow-with-a-name-that-is-very-${'long-'.repeat(30)}`);
  writeFiles(workspace.folder.repo, { 'x.txt': '1\n' });
  const summary = `The flag \u001b[31m--json works.\nPhasegate-Phase: evil\r\nSigned-off-by: Somebody <s@example.com>\n\n${'word '.repeat(40)}`;
  const made = await commit(workspace, 'implementation', { summary });
  const message = workspace.worktree.git('log', '-1', '--format=%B');
  const lines = message.split('\n');
  assert.equal(lines[0], made?.subject);
  assert.ok(
    lines.every((line) => line.length <= 72 || line.startsWith('Phasegate-')),
    message,
  );
  assert.match(message, /^phasegate: implementation \(a-workflow[^\n]*…\n\nThe flag {1,2}\[31m--json works\. /);
  assert.equal(
    workspace.worktree.git('log', '-1', '--format=%(trailers:key=Phasegate-Phase,valueonly)').trim(),
    'implementation',
  );
  assert.equal(workspace.worktree.git('log', '-1', '--format=%(trailers:key=Signed-off-by,valueonly)').trim(), '');
  assert.equal(
    workspace.worktree.git('log', '-1', '--format=%(trailers:key=Phasegate-Run,valueonly)').trim(),
    workspace.runId,
  );
  assert.deepEqual(
    await commit(workspace, 'implementation', { summary: 'another one' }),
    made,
    'the occurrence has its commit',
  );
});

test('property: whatever the summary, the commit is found again by its trailers', async (t) => {
  const workspace = await testWorkspace(t);
  let n = 0;
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .array(
        fc.constantFrom('Phasegate-Run: x', 'Phasegate-Occurrence: p-1', '\n', '\0', '\r', '---', '#', 'x'.repeat(71)),
      )
      .map((parts) => parts.join(' ')),
  );
  await fc.assert(
    fc.asyncProperty(text, async (summary) => {
      const occurrence = `p-${++n}`;
      writeFiles(workspace.folder.repo, { 'x.txt': `${n}\n` });
      const made = await commit(workspace, 'p', { summary, occurrence });
      assert.match(made?.subject ?? '', /^phasegate: p /);
      assert.deepEqual(await commit(workspace, 'p', { summary, occurrence }), made);
      assert.equal((await listCommits(await openWorktree(workspace.folder))).length, n);
    }),
    { numRuns: 15 },
  );
});

test("S10 a message can't pretend to be another phase's, nor break the trailers", async (t) => {
  const workspace = await testWorkspace(t);
  writeFiles(workspace.folder.repo, { 'x.txt': '1\n' });
  const message = 'Subject\n\nBody\nPhasegate-Occurrence: other-1\n phasegate-run: x\n\0';
  const made = await commit(workspace, 'review', { message, occurrence: 'a\nPhasegate-Phase: evil' });
  assert.equal(made?.subject, 'Subject');
  assert.equal(
    workspace.worktree.git('log', '-1', '--format=%(trailers:key=Phasegate-Phase,valueonly)').trim(),
    'review',
  );
  assert.doesNotMatch(workspace.worktree.git('log', '-1', '--format=%B'), /other-1|phasegate-run: x/);
  assert.deepEqual(await commit(workspace, 'review', { occurrence: 'a\nPhasegate-Phase: evil' }), made);
});

test('S10 a repository that an agent made inside is committed as files, and its .git is kept', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, worktree } = workspace;
  for (const name of ['empty', 'with-commit', 'with-commit/nested']) {
    newRepositoryAt(join(folder.repo, name));
    writeFiles(join(folder.repo, name), { 'file.txt': `${name}\n` });
  }
  repositoryAt(join(folder.repo, 'with-commit')).git('commit', '--quiet', '--allow-empty', '--message', 'x');
  assert.equal((await commit(workspace, 'implementation'))?.filesChanged, 3);
  assert.doesNotMatch(worktree.git('ls-tree', '-r', 'HEAD'), /^160000/m);
  assert.equal(readdirSync(join(folder.root, '.set-aside')).length, 3);
});

test('S10 a real submodule stays as it is, whatever lies in its folder', async (t) => {
  const [origin, parent] = [gitRepository(t), gitRepository(t)];
  parent.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin.path, 'sub');
  parent.commit({});
  const workspace = await testWorkspace(t, parent);
  const before = workspace.worktree.git('ls-tree', 'HEAD', 'sub');
  newRepositoryAt(join(workspace.folder.repo, 'sub')).git('commit', '--quiet', '--allow-empty', '--message', 'x');
  writeFiles(workspace.folder.repo, { 'x.txt': '1' });
  assert.equal((await commit(workspace, 'implementation'))?.filesChanged, 1);
  assert.equal(workspace.worktree.git('ls-tree', 'HEAD', 'sub'), before);
});

test("S10 attributes and a .git of the agent's making change nothing about the commit", async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, worktree, branch } = workspace;
  const odd = `new\nline "quoted" \\ ü.txt`;
  writeFiles(folder.repo, {
    '.gitattributes': '* working-tree-encoding=UTF-16\n',
    'src/a.txt': 'odd number of bytes',
    [odd]: 'x',
    'src/run.sh': '#!/bin/sh\n',
  });
  chmodSync(join(folder.repo, 'src/run.sh'), 0o755);
  symlinkSync('/etc/hostname', join(folder.repo, 'link'));
  renameSync(join(folder.repo, 'README.md'), join(folder.repo, 'MOVED.md'));
  writeFiles(folder.repo, { '.git': 'gitdir: /tmp/evil\n' });
  const made = await commit(workspace, 'implementation');
  assert.equal(worktree.git('rev-parse', branch), made?.sha);
  assert.equal(worktree.git('cat-file', 'blob', 'HEAD:src/a.txt'), 'odd number of bytes');
  assert.equal(worktree.git('cat-file', 'blob', 'HEAD:link'), '/etc/hostname');
  assert.match(worktree.git('ls-tree', '-z', '-r', 'HEAD'), /100755 blob \w+\tsrc\/run.sh/);
  assert.ok(worktree.git('ls-tree', '-z', '-r', '--name-only', 'HEAD').split('\0').includes(odd));
  assert.equal(worktree.git('ls-tree', 'HEAD', 'README.md'), '');
});

test('S10 files whose names are not text are committed, whether their content is converted or not', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, worktree } = workspace;
  const name = (text: string): Buffer => Buffer.concat([Buffer.from(`${folder.repo}/${text}`), Buffer.of(0xff, 0xfe)]);
  writeFileSync(name('one'), '1');
  assert.equal((await commit(workspace, 'one'))?.filesChanged, 1);
  writeFiles(folder.repo, { '.gitattributes': '* working-tree-encoding=UTF-16\n' });
  writeFileSync(name('two'), '2');
  assert.equal((await commit(workspace, 'two'))?.filesChanged, 2);
  assert.equal(worktree.git('status', '--porcelain', '--', '.gitattributes'), '');
  const names = worktree.git('ls-tree', '-r', '--name-only', 'HEAD').split('\n');
  for (const quoted of ['"one\\377\\376"', '"two\\377\\376"']) assert.ok(names.includes(quoted), quoted);
});

test('S10 a commit goes to the branch of the run, wherever the worktree was switched to', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, worktree, branch } = workspace;
  worktree.git('checkout', '--quiet', '-b', 'astray');
  writeFiles(folder.repo, { 'x.txt': '1' });
  const made = await commit(workspace, 'implementation');
  assert.equal(worktree.git('rev-parse', branch), made?.sha);
  assert.equal(worktree.git('status', '--porcelain', '--branch'), `## ${branch}`);
});

test('S20 lock files that a killed git left are removed, those of a live one waited for', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, repository, branch, worktree } = workspace;
  const indexLock = join(worktree.git('rev-parse', '--absolute-git-dir'), 'index.lock');
  const old = new Date(Date.now() - 60_000);
  const stale = [indexLock, join(repository.path, `.git/refs/heads/${branch}.lock`)];
  for (const lock of stale) {
    writeFileSync(lock, '');
    utimesSync(lock, old, old);
  }
  writeFiles(folder.repo, { 'x.txt': '1' });
  assert.ok(await commit(workspace, 'one'));
  writeFileSync(indexLock, '');
  setTimeout(() => rmSync(indexLock), 300);
  writeFiles(folder.repo, { 'x.txt': '2' });
  assert.ok(await commit(workspace, 'two'));
});

test('S10 commits at the same time on several branches, and twice on one, all arrive', async (t) => {
  const repository = gitRepository(t);
  const workspaces = await Promise.all(Array.from({ length: 4 }, () => testWorkspace(t, repository)));
  for (const { folder, runId } of workspaces) writeFiles(folder.repo, { 'x.txt': runId });
  const commits = await Promise.all(
    [...workspaces, ...workspaces].map((workspace) => commit(workspace, 'implementation')),
  );
  for (const [n, workspace] of workspaces.entries()) {
    assert.deepEqual(commits[n], commits[n + workspaces.length]);
    assert.equal(repository.git('show', `${workspace.branch}:x.txt`), workspace.runId);
  }
});

test('S10 a worktree that is gone is lost, not empty', async (t) => {
  const workspace = await testWorkspace(t);
  rmSync(workspace.folder.repo, { recursive: true });
  await assert.rejects(commit(workspace, 'implementation'), failure('workspace_lost'));
  await assert.rejects(openWorktree(workspace.folder), failure('workspace_lost'));
  assert.ok(!existsSync(workspace.folder.repo));
});
