import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { proveMade } from '../../src/workspace/checked/made-places.js';
import { openChecked, noteSetUp, homeOf, type Checked } from '../../src/workspace/checked/open-checked.js';
import { changedFiles, otherFiles, putTree, writeAnew } from '../../src/workspace/checked/put-tree.js';
import { shareSetUp } from '../../src/workspace/checked/share-set-up.js';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { treeOf, treeToCommit } from '../../src/workspace/worktree/stage-tree.js';
import { listUncommitted } from '../../src/workspace/worktree/uncommitted.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { removeWorkspace } from '../../src/workspace/worktree/remove-workspace.js';
import { gitRepository, writeFiles } from '../support/git-repository.js';
import { testWorkspace, type TestWorkspace } from '../support/workspace.js';

const FILES = { 'README.md': '# Example\n', 'src/a.txt': 'one\n', '.gitignore': 'node_modules/\n*.log\n' };

async function workspaceOf(t: TestContext): Promise<TestWorkspace> {
  return testWorkspace(t, gitRepository(t, { files: FILES }));
}

async function opened({ folder, runId, baseCommit }: TestWorkspace, hash = 'h'): Promise<Checked> {
  return openChecked(await openWorktree(folder), runId, baseCommit, hash);
}

/** As a set-up does it: it makes files, and changes one of the repository. */
async function setUp(
  workspace: TestWorkspace,
  files: Record<string, string>,
  more: (checked: Checked) => void = () => {},
): Promise<Checked> {
  const checked = await opened(workspace);
  writeFiles(checked.repo, files);
  more(checked);
  const putBack = await changedFiles(checked);
  await writeAnew(checked, undefined, await treeOf(await openWorktree(workspace.folder), workspace.baseCommit));
  return noteSetUp(checked, { hash: 'h', made: await otherFiles(checked), putBack });
}

async function put(checked: Checked, { folder, baseCommit: head }: TestWorkspace, distrusts = false): Promise<string> {
  const { tree } = await treeToCommit(folder);
  await putTree(checked, { tree, head, distrusts });
  return tree;
}

const read = (checked: Checked, path: string): string => readFileSync(join(checked.repo, path), 'utf8');

test('the worktree of the checks is beside the agent, on no branch, and is opened again as it was', async (t) => {
  const workspace = await workspaceOf(t);
  const checked = await setUp(workspace, { 'node_modules/x/index.js': 'x' });
  assert.equal(read(checked, 'src/a.txt'), 'one\n');
  assert.deepEqual(await opened(workspace), checked);
  assert.match(workspace.repository.git('worktree', 'list'), /checked .*\(detached HEAD\)/);
  assert.ok(existsSync(homeOf(checked)));
});

test('exactly the tree that is committed: what the agent ignores and what it deleted is not there', async (t) => {
  const workspace = await workspaceOf(t);
  const { folder } = workspace;
  const checked = await setUp(workspace, { 'node_modules/x/index.js': 'right' });
  writeFiles(folder.repo, { 'src/new.txt': 'new\n', 'node_modules/x/index.js': 'patched', 'debug.log': 'x' });
  rmSync(join(folder.repo, 'src/a.txt'));
  const tree = await put(checked, workspace);
  assert.equal(read(checked, 'src/new.txt'), 'new\n');
  assert.equal(read(checked, 'node_modules/x/index.js'), 'right');
  assert.ok(!existsSync(join(checked.repo, 'src/a.txt')) && !existsSync(join(checked.repo, 'debug.log')));
  const { runId, workflowId } = workspace;
  const commit = { repoDir: folder.repo, phaseKey: 'fix', runId, workflowId, occurrence: 'o', tree };
  writeFiles(folder.repo, { 'later.txt': 'nobody checked this' });
  const made = await commitPhase(commit);
  assert.equal(workspace.repository.git('rev-parse', `${made?.sha}^{tree}`), tree);
});

test('what an agent takes out of .gitignore does not bring its own node_modules in', async (t) => {
  const workspace = await workspaceOf(t);
  const checked = await setUp(workspace, { 'node_modules/x/index.js': 'right', 'built.txt': 'by the set-up' });
  const agent = {
    '.gitignore': '',
    'node_modules/x/index.js': 'patched',
    'node_modules/y.js': 'new',
    'built.txt': 'other',
  };
  writeFiles(workspace.folder.repo, agent);
  const tree = await put(checked, workspace);
  assert.equal(read(checked, 'node_modules/x/index.js'), 'right');
  assert.equal(read(checked, 'built.txt'), 'by the set-up');
  assert.equal(workspace.repository.git('ls-tree', '-r', '--name-only', tree), '.gitignore\nREADME.md\nsrc/a.txt');
});

test('files of the repository that a set-up changed are put back, also when their size and time are the same', async (t) => {
  const workspace = await workspaceOf(t);
  const done = await setUp(workspace, { 'README.md': 'changed' }, ({ repo }) => {
    const { atime, mtime } = statSync(join(repo, 'src/a.txt'));
    writeFileSync(join(repo, 'src/a.txt'), 'two\n');
    utimesSync(join(repo, 'src/a.txt'), atime, mtime);
  });
  assert.deepEqual(done.setUp?.putBack, ['README.md', 'src/a.txt']);
  assert.equal(read(done, 'src/a.txt') + read(done, 'README.md'), 'one\n# Example\n');
});

test('what a check left behind is removed, and what the set-up made stays', async (t) => {
  const workspace = await workspaceOf(t);
  const checked = await setUp(workspace, { 'node_modules/x/index.js': 'right', 'lib/made.txt': 'by the set-up' });
  writeFiles(checked.repo, { 'conftest.py': 'evil', 'x.log': 'evil', 'lib/evil.txt': 'evil', 'src/a.txt': 'evil' });
  writeFileSync(join(checked.repo, '.git'), 'gitdir: /elsewhere\n');
  await put(checked, workspace, true);
  assert.deepEqual(await otherFiles(checked), ['lib/made.txt', 'node_modules/']);
  assert.equal(read(checked, 'src/a.txt'), 'one\n');
  assert.equal(read(checked, '.git'), `gitdir: ${checked.gitDir}\n`);
});

test('the bytes of a fresh checkout, whatever attributes an agent wrote, changed or deleted', async (t) => {
  const repository = gitRepository(t, {
    files: {
      ...FILES,
      'src/id.txt': '$Id$\n',
      'docs/b.txt': 'bä\n',
      'docs/.gitattributes': '*.txt eol=crlf\n',
      'z/z.bin': 'z\n',
    },
  });
  const workspace = await testWorkspace(t, repository);
  const { folder, runId, workflowId } = workspace;
  const checked = await setUp(workspace, { 'node_modules/x/index.js': 'right' });
  const steps: [string, Record<string, string>, string[]][] = [
    ['first', { '.gitattributes': '*.txt text eol=crlf\nid.txt ident\n' }, []],
    [
      'second',
      { 'docs/.gitattributes': '*.txt working-tree-encoding=UTF-16LE eol=lf\n', 'z/.gitattributes': '* eol=crlf' },
      [],
    ],
    ['third', { 'README.md': '# Other\n' }, ['.gitattributes', 'docs/.gitattributes']],
    ['fourth', { '.gitattributes': '*.txt working-tree-encoding=no-such-one filter=evil\n' }, ['z/.gitattributes']],
  ];
  for (const [occurrence, files, gone] of steps) {
    for (const path of gone) rmSync(join(folder.repo, path));
    writeFiles(folder.repo, files);
    const tree = await put(checked, workspace);
    const made = await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence, tree });
    const fresh = join(folder.root, `fresh-${occurrence}`);
    repository.git('worktree', 'add', '--detach', fresh, made?.sha ?? '');
    const all = repository.git('ls-tree', '-r', '--name-only', tree).split('\n');
    assert.ok(all.length >= 7, all.join());
    for (const path of all)
      assert.deepEqual(
        readFileSync(join(checked.repo, path)),
        readFileSync(join(fresh, path)),
        `${occurrence}: ${path}`,
      );
    assert.equal(read(checked, 'node_modules/x/index.js'), 'right');
  }
  assert.equal(readFileSync(join(folder.root, 'fresh-first', 'src/a.txt'), 'utf8'), 'one\r\n');
});

test('attributes are looked for behind no link', async (t) => {
  const workspace = await workspaceOf(t);
  const { folder } = workspace;
  const checked = await setUp(workspace, {});
  const outside = join(folder.root, 'outside');
  writeFiles(outside, { '.gitattributes': 'of somebody else' });
  symlinkSync(outside, join(folder.repo, 'lib'));
  await put(checked, workspace);
  rmSync(join(folder.repo, 'lib'));
  writeFiles(folder.repo, { 'lib/.gitattributes': '* text' });
  await put(checked, workspace);
  assert.equal(read(checked, 'lib/.gitattributes'), '* text');
  assert.equal(readFileSync(join(outside, '.gitattributes'), 'utf8'), 'of somebody else');
});

test('where something that the set-up made is gone, the set-up is done again', async (t) => {
  const workspace = await workspaceOf(t);
  const checked = await setUp(workspace, { 'node_modules/x/index.js': 'right', 'lib/made.txt': 'by the set-up' });
  await proveMade(checked);
  rmSync(join(checked.repo, 'node_modules'), { recursive: true });
  writeFileSync(join(checked.repo, 'node_modules'), 'a file');
  await assert.rejects(proveMade(checked), { code: 'workspace_failed', message: /"node_modules\/".*done again/ });
  const again = await opened(workspace);
  assert.equal(again.setUp, null);
  assert.ok(!existsSync(join(again.repo, 'node_modules')));
});

test('a folder that is damaged, half set up, or set up otherwise is made anew', async (t) => {
  const workspace = await workspaceOf(t);
  const half = await opened(workspace);
  writeFiles(half.repo, { 'node_modules/half.js': '' });
  const again = await opened(workspace);
  assert.ok(!existsSync(join(again.repo, 'node_modules')));
  await noteSetUp(again, { hash: 'h', made: [], putBack: [] });
  assert.equal((await opened(workspace, 'other')).setUp, null);
  const done = await setUp(workspace, {});
  rmSync(done.gitDir, { recursive: true });
  assert.equal((await opened(workspace)).setUp, null);
  assert.equal(workspace.repository.git('worktree', 'list').split('\n').length, 3);
});

test('the set-up is shared with an agent that runs commands, and nothing leads out', async (t) => {
  const workspace = await workspaceOf(t);
  const { folder, repository } = workspace;
  const checked = await setUp(workspace, {
    'node_modules/x/index.js': 'x',
    'src/made/a.log': 'x',
    'new/deep.log': 'x',
  });
  const outside = join(folder.root, 'outside');
  mkdirSync(outside);
  rmSync(join(folder.repo, 'src'), { recursive: true });
  symlinkSync(outside, join(folder.repo, 'src'));
  await shareSetUp(checked, folder);
  await shareSetUp(checked, folder);
  assert.equal(readFileSync(join(folder.repo, 'node_modules/x/index.js'), 'utf8'), 'x');
  assert.ok(!existsSync(join(outside, 'made')));
  rmSync(join(folder.repo, '.gitignore'));
  const { tree } = await treeToCommit(folder);
  assert.equal(repository.git('ls-tree', '-r', '--name-only', tree), 'README.md\nsrc');
});

test('with the folder of a run goes all that git knows of it', async (t) => {
  const workspace = await workspaceOf(t);
  const checked = await setUp(workspace, { 'node_modules/x/index.js': 'x', 'built.txt': 'x' });
  await shareSetUp(checked, workspace.folder);
  assert.deepEqual(await listUncommitted(await openWorktree(workspace.folder), { ignored: true }), {
    changed: [],
    ignored: [],
  });
  const request = {
    folder: workspace.folder,
    isRecorded: () => true,
    maxArtifactBytes: 1,
    ignoredToo: false,
    dryRun: false,
  };
  assert.equal((await removeWorkspace(request)).kept, null);
  assert.equal(workspace.repository.git('worktree', 'list').split('\n').length, 1);
  assert.ok(!existsSync(workspace.folder.root));
});
