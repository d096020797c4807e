import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { finishRemoval, removeWorkspace, type RemoveWorkspace } from '../../src/workspace/worktree/remove-workspace.js';
import { runFolder } from '../../src/workspace/run-folder.js';
import { listRunFolders } from '../../src/workspace/run-folders.js';
import { failure } from '../support/failure.js';
import { gitRepository, repositoryAt, temporaryFolder, writeFiles } from '../support/git-repository.js';
import { testWorkspace, type TestWorkspace } from '../support/workspace.js';

const remove = ({ folder }: Pick<TestWorkspace, 'folder'>, more: Partial<RemoveWorkspace> = {}) =>
  removeWorkspace({
    folder,
    isRecorded: () => false,
    maxArtifactBytes: 1_000,
    ignoredToo: false,
    dryRun: false,
    ...more,
  });

/** A run that has made a commit, in a repository with a submodule and ignored files. */
async function endedRun(t: TestContext): Promise<TestWorkspace> {
  const [origin, repository] = [gitRepository(t), gitRepository(t)];
  repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin.path, 'sub');
  repository.commit({ '.gitignore': 'build/\n', '.gitattributes': '*.bin filter=lfs\n' });
  const workspace = await testWorkspace(t, repository);
  writeFiles(workspace.folder.repo, { 'done.txt': 'x' });
  const { folder, runId, workflowId } = workspace;
  assert.ok(await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'p-1' }));
  return workspace;
}

test('what is in commits goes; the branch with commits of its own stays', async (t) => {
  const workspace = await endedRun(t);
  assert.deepEqual(await remove(workspace, { dryRun: true }), {
    kept: null,
    branch: { name: workspace.branch, kept: '1 commit of the run is on no other branch' },
  });
  assert.ok(existsSync(workspace.folder.repo));
  assert.deepEqual(await remove(workspace), {
    kept: null,
    branch: { name: workspace.branch, kept: '1 commit of the run is on no other branch' },
  });
  assert.deepEqual(readdirSync(dirname(workspace.folder.root)), []);
  assert.equal(workspace.repository.git('worktree', 'list').split('\n').length, 1);
});

for (const [what, why, damage] of [
  [
    'an ignored file',
    /^1 file in repo\/ is in no commit: build\/a \(ignored by \.gitignore \(build\/\)\)$/,
    ({ repo }) => writeFiles(repo, { 'build/a': 'x' }),
  ],
  [
    'many ignored files',
    /^9 files in repo\/ are in no commit: build\/0 .* and 4 more$/,
    ({ repo }) => writeFiles(repo, Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`build/${n}`, 'x']))),
  ],
  [
    'a file that info/exclude names',
    /a\.mine \(ignored by the repository's info\/exclude/,
    ({ repo, repository }) => (
      writeFiles(repository, { '.git/info/exclude': '*.mine\n' }),
      writeFiles(repo, { 'a.mine': 'x' })
    ),
  ],
  ['a file in a submodule', /sub\/x \(in the submodule sub/, ({ repo }) => writeFiles(repo, { 'sub/x': 'x' })],
  ['a file behind a filter', /1 file is not committed/, ({ repo }) => writeFiles(repo, { 'a.bin': 'x' })],
  ['a file that nobody committed', /1 file is not committed/, ({ repo }) => writeFiles(repo, { 'new.txt': 'x' })],
  [
    'a repository in a folder of the repository',
    /a git repository of its own lies in repo\/src\//,
    ({ repo }) => repositoryAt(join(repo, 'src')).git('init', '--quiet'),
  ],
  [
    'a bare worktree pointer in a folder',
    /a git repository of its own lies in repo\/src\//,
    ({ repo }) => writeFiles(repo, { 'src/.git': 'gitdir: /elsewhere\n' }),
  ],
  [
    'a commit on no branch',
    /is at the commit \w{12}, which no branch and no tag has/,
    ({ repo }) => {
      const worktree = repositoryAt(repo);
      worktree.git('checkout', '--quiet', '--detach');
      worktree.commit({ 'loose.txt': 'x' });
    },
  ],
  [
    'a change that git is told not to see',
    /git is told not to look at repo\/README\.md/,
    ({ repo }) => (
      repositoryAt(repo).git('update-index', '--assume-unchanged', 'README.md'),
      writeFiles(repo, { 'README.md': 'mine' })
    ),
  ],
  [
    'a file that git is told to skip',
    /git is told not to look at repo\/README\.md/,
    ({ repo }) => (
      repositoryAt(repo).git('update-index', '--skip-worktree', 'README.md'),
      writeFiles(repo, { 'README.md': 'mine' })
    ),
  ],
  [
    'a name that differs in case alone',
    /1 file is not committed/,
    ({ repo, repository }) => (
      repositoryAt(repository).git('config', 'core.ignoreCase', 'true'),
      writeFiles(repo, { 'readme.md': 'x' })
    ),
  ],
  [
    'a worktree that a person locked',
    /locked \(git worktree unlock/,
    ({ repo }) => repositoryAt(repo).git('worktree', 'lock', '.'),
  ],
  [
    'an artifact that the mirror does not have',
    /artifacts\/deep\/a\.json is not in the mirror/,
    ({ root }) => writeFiles(root, { 'artifacts/deep/a.json': '{}' }),
  ],
  [
    'a file in place of the artifacts',
    /artifacts is not a folder/,
    ({ root }) => (rmSync(join(root, 'artifacts'), { recursive: true }), writeFiles(root, { artifacts: 'x' })),
  ],
  ['what was moved aside', /\.set-aside holds/, ({ root }) => writeFiles(root, { '.set-aside/x': 'x' })],
  [
    'a damaged record',
    /not a worktree that git knows/,
    ({ root }) => writeFiles(root, { '.worktree.json': '{"state":"ready"}' }),
  ],
  [
    'a record that is no JSON',
    /not a worktree that git knows/,
    ({ root }) => writeFiles(root, { '.worktree.json': '{' }),
  ],
  [
    'a folder in place of the record',
    /not a worktree that git knows/,
    ({ root }) => (rmSync(join(root, '.worktree.json')), mkdirSync(join(root, '.worktree.json'))),
  ],
  [
    'a repository that is gone',
    /not a worktree that git knows/,
    ({ repository }) => renameSync(repository, `${repository}-elsewhere`),
  ],
  [
    'a file in place of repo/',
    /not a worktree that git knows/,
    ({ repo }) => (rmSync(repo, { recursive: true }), writeFiles(dirname(repo), { repo: 'x' })),
  ],
] as [string, RegExp, (place: { root: string; repo: string; repository: string }) => unknown][]) {
  test(`kept, with its reason: ${what}`, async (t) => {
    const workspace = await endedRun(t);
    const { root, repo } = workspace.folder;
    damage({ root, repo, repository: workspace.repository.path });
    const { kept } = await remove(workspace);
    assert.match(kept ?? 'removed', why);
    assert.ok(existsSync(root), 'nothing is deleted');
  });
}

test('ignored files go only where that is asked for, and nothing else with them', async (t) => {
  const workspace = await endedRun(t);
  writeFiles(workspace.folder.repo, { 'build/a': 'x', 'sub/x': 'x' });
  assert.match((await remove(workspace, { ignoredToo: true })).kept ?? '', /^1 file in repo\/ is in no commit: sub\/x/);
  rmSync(join(workspace.folder.repo, 'sub/x'));
  assert.equal((await remove(workspace, { ignoredToo: true })).kept, null);
});

test('the folder of a run that failed before its first phase goes, whatever is missing in it', async (t) => {
  const folder = runFolder(temporaryFolder(t), randomUUID());
  for (const files of [{ 'report.json': '{}' }, { 'requirements.md': 'x', '.worktree.json': 'null' }, {}] as Record<
    string,
    string
  >[]) {
    mkdirSync(folder.root, { recursive: true });
    writeFiles(folder.root, files);
    assert.deepEqual(await remove({ folder }), { kept: null, branch: null });
    assert.ok(!existsSync(folder.root));
  }
});

test('the last branch that has a commit stays, also the one that the run began at', async (t) => {
  const repository = gitRepository(t);
  const workspace = await testWorkspace(t, repository);
  repository.git('commit', '--quiet', '--amend', '-m', 'rewritten');
  assert.deepEqual(await remove(workspace), {
    kept: null,
    branch: { name: workspace.branch, kept: 'the commit that the run began at is on no other branch' },
  });
  assert.equal(repository.git('rev-parse', workspace.branch), workspace.baseCommit);
});

test('a repository that somebody else holds is not waited for without end; a branch that can not go is named', async (t) => {
  const [held, locked] = [await endedRun(t), await endedRun(t)];
  const lock = join(held.repository.path, '.git/phasegate.lock');
  mkdirSync(lock);
  const alive = setInterval(() => utimesSync(lock, new Date(), new Date()), 50);
  t.after(() => clearInterval(alive));
  assert.match((await remove(held, { lockPatienceMs: 500 })).kept ?? '', /somebody else changes its repository/);
  assert.ok(existsSync(held.folder.repo));
  locked.repository.git('branch', 'taken-over', locked.branch);
  writeFileSync(join(locked.repository.path, '.git/packed-refs.lock'), '');
  const { branch } = (await remove(locked)) as { branch: { kept: string | null } };
  assert.match(branch.kept ?? '', /packed-refs\.lock/);
  assert.ok(!existsSync(locked.folder.root));
});

test("what lies in the root is told apart: runs, what an earlier prune left, and what is nobody's", async (t) => {
  const root = temporaryFolder(t);
  const [run, file, link, gone, upper] = Array.from({ length: 5 }, () => randomUUID()) as [
    string,
    string,
    string,
    string,
    string,
  ];
  for (const name of [
    run,
    `.removed-${gone}`,
    `.removed-${gone}-12345678`,
    upper.toUpperCase().replace(/^./, 'A'),
    'lost+found',
  ])
    mkdirSync(join(root, name));
  writeFileSync(join(root, file), '');
  symlinkSync('/tmp', join(root, link));
  writeFileSync(join(root, 'what.md'), '');
  const { runIds, halfRemoved, others } = await listRunFolders(root);
  assert.deepEqual([runIds, halfRemoved], [[run], [`.removed-${gone}`, `.removed-${gone}-12345678`]]);
  const why = new Map(others.map((other) => [other.name, other.why]));
  assert.deepEqual([why.size, why.get(file), why.get(link)], [5, 'no folder', 'a symbolic link, no folder']);
  for (const name of ['lost+found', 'what.md']) assert.match(why.get(name) ?? '', /not a run id/);
  for (const name of halfRemoved) await finishRemoval(join(root, name));
  assert.deepEqual((await listRunFolders(root)).halfRemoved, []);
  await assert.rejects(listRunFolders(join(root, 'what.md')), failure('config_invalid'));
});

test('a worktree whose index is gone holds nothing that git knows, and is kept', async (t) => {
  const workspace = await endedRun(t);
  rmSync(join(readFileSync(join(workspace.folder.repo, '.git'), 'utf8').replace('gitdir: ', '').trim(), 'index'));
  assert.match((await remove(workspace)).kept ?? '', /not committed/);
  assert.ok(existsSync(workspace.folder.repo));
});
