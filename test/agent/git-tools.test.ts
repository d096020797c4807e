import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AgentTool } from '../../src/agent/tools/agent-tool.js';
import { gitBlame } from '../../src/agent/tools/git/git-blame.js';
import { gitDiff } from '../../src/agent/tools/git/git-diff.js';
import { gitLog } from '../../src/agent/tools/git/git-log.js';
import { gitShow } from '../../src/agent/tools/git/git-show.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import {
  gitRepository,
  newRepositoryAt,
  repositoryAt,
  temporaryFolder,
  writeFiles,
  writeScript,
} from '../support/git-repository.js';
import { testWorkspace, type TestWorkspace } from '../support/workspace.js';

/** Uses tools as an agent would, in a phase that began at this commit. */
function agentIn({ folder, baseCommit }: TestWorkspace, begin = baseCommit, signal = new AbortController().signal) {
  const repository = { root: folder.root, begin, base: baseCommit };
  const confined = openConfinedFolder(folder.root, { mayWrite: () => null });
  return (tool: AgentTool, args: unknown) =>
    tool.run(args, { folder: confined, signal, repository, wrote: () => undefined });
}

const refused = (answer: Promise<string>, why: RegExp) => assert.rejects(answer, { name: 'ToolRefusal', message: why });

/** Everything that a look could leave behind. */
function state({ folder, worktree, repository }: TestWorkspace): unknown {
  return [
    worktree.git('status', '--porcelain', '--ignored'),
    worktree.git('diff', '--cached', '--raw'),
    repository.git('count-objects'),
    readdirSync(join(folder.root, '.tmp')),
  ];
}

test('git_diff shows what is not committed, new files too, from the begin, the base and a revision', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, runId, workflowId } = workspace;
  writeFiles(folder.repo, { 'src/first.txt': 'first\n' });
  const first = await commitPhase({ repoDir: folder.repo, phaseKey: 'a', runId, workflowId, occurrence: 'o' });
  const use = agentIn(workspace, first?.sha);
  assert.equal(await use(gitDiff, {}), 'nothing differs from begin');
  assert.match(
    await use(gitDiff, { against: 'base' }),
    /^\+1 −0 in 1 file:\n {2}added src\/first\.txt \+1 −0\n\ndiff --git/,
  );
  writeFiles(folder.repo, { 'src/a.txt': 'one\nTWO\n', 'new.txt': 'x\n' });
  const before = state(workspace);
  const own = await use(gitDiff, {});
  assert.match(own, /^\+2 −1 in 2 files:\n {2}added new\.txt \+1 −0\n {2}modified src\/a\.txt \+1 −1\n\n/);
  assert.match(own, /\+\+\+ b\/new\.txt\n@@ -0,0 \+1 @@\n\+x\n/);
  assert.doesNotMatch(own, /first/);
  assert.match(await use(gitDiff, { against: 'HEAD~1' }), /^\+3 −1 in 3 files/);
  assert.match(await use(gitDiff, { path: 'repo/src' }), /^\+1 −1 in 1 file:\n {2}modified src\/a\.txt/);
  assert.equal(await use(gitDiff, { path: 'nothing/here' }), 'nothing differs from begin');
  assert.deepEqual(state(workspace), before, 'a look leaves nothing behind');
});

test('git_log, git_show and git_blame tell what is stored, and blame what is not committed yet', async (t) => {
  const workspace = await testWorkspace(t);
  const { folder, runId, workflowId, baseCommit } = workspace;
  writeFiles(folder.repo, { 'src/a.txt': 'one\nTWO\n' });
  const place = { repoDir: folder.repo, phaseKey: 'code', runId, workflowId };
  await commitPhase({ ...place, occurrence: 'o', summary: 'The second line is loud.' });
  const use = agentIn(workspace);
  const log = await use(gitLog, {});
  assert.match(log, /^\w+ [\d-]+ phasegate: phasegate: code \(my-run\)\n\w+ [\d-]+ A Person: First commit\n/);
  assert.match(await use(gitLog, { path: 'README.md' }), /^\w+ [\d-]+ A Person: First commit\n\[/);
  assert.match(await use(gitLog, { offset: 5 }), /^no commits$/);
  const shown = await use(gitShow, { revision: 'HEAD' });
  assert.match(
    shown,
    /^commit \w{40}\nAuthor: phasegate\n[^]*The second line is loud\.[^]*\+1 −1 in 1 file:[^]*\+TWO$/,
  );
  assert.match(await use(gitShow, { revision: 'base' }), /added README\.md/, 'the first commit of all');
  assert.equal(await use(gitShow, { revision: 'begin', path: 'repo/src/a.txt' }), 'one\ntwo');
  assert.equal(await use(gitShow, { revision: baseCommit, path: 'src' }), 'a.txt');
  writeFiles(folder.repo, { 'src/a.txt': 'zero\none\nTWO\n' });
  const blamed = await use(gitBlame, { path: 'repo/src/a.txt' });
  assert.match(
    blamed,
    /^(\w{9,10}) \(phasegate +[\d-]+ 1\) zero\n\^\w+ \(A Person +[\d-]+ 2\) one\n\w+ \(phasegate +[\d-]+ 3\) TWO\n\[/,
  );
  assert.ok(blamed.includes(`[${/^\w+/.exec(blamed)?.[0].slice(0, 10)} stands for what is not committed]`), blamed);
  assert.match(
    await use(gitBlame, { path: 'src/a.txt', revision: 'HEAD', offset: 1, limit: 1 }),
    /^\w+ \(phasegate +[\d-]+ 2\) TWO$/,
  );
  await refused(use(gitBlame, { path: 'src/none.txt' }), /no such path/);
  await refused(use(gitBlame, { path: 'src/a.txt', offset: 99 }), /has only 3 lines/);
});

test('a revision is never an option, a range or a search, and a path never a pattern or a way out', async (t) => {
  const workspace = await testWorkspace(t);
  writeFiles(workspace.folder.repo, { 'x.txt': 'x\n' });
  const use = agentIn(workspace);
  const canary = join(temporaryFolder(t), 'written');
  const bad = [
    `--output=${canary}`,
    '-O/etc/passwd',
    '--all',
    'HEAD..main',
    'HEAD:README.md',
    ':/First',
    'HEAD^{/F}',
    '@{1 year ago}',
    'a b',
    'none',
    '',
    'main\n',
    '$(touch x)',
  ];
  for (const revision of bad) {
    for (const [tool, args] of [
      [gitDiff, { against: revision }],
      [gitLog, { revision }],
      [gitShow, { revision }],
      [gitBlame, { revision, path: 'README.md' }],
    ] as const)
      await refused(use(tool, args), /there is no revision/);
  }
  for (const path of ['/etc/passwd', '../x', 'repo/../../x', 'a\0b', 'x'.repeat(5_000)])
    for (const tool of [gitDiff, gitBlame]) await refused(use(tool, { path }), /give a path in the repository/);
  for (const path of [':(glob)**', ':/', '*', ':!x.txt', '--output=x'])
    assert.equal(await use(gitDiff, { path }), 'nothing differs from begin', path);
  assert.ok(!existsSync(canary));
});

test('property: whatever revision and path a model asks for, it gets a text or a refusal', async (t) => {
  const workspace = await testWorkspace(t);
  const use = agentIn(workspace);
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('HEAD', 'base', '-', '--', '@', '^', '~', 'HEAD^', 'README.md'),
  );
  const tools = fc.constantFrom(gitDiff, gitLog, gitShow, gitBlame);
  await fc.assert(
    fc.asyncProperty(tools, text, text, async (tool, revision, path) => {
      const answer = await use(tool, { revision, against: revision, path }).catch((error: Error) => error);
      assert.ok(typeof answer === 'string' || /ToolRefusal/.test(answer.name), String(answer));
    }),
    { numRuns: 30 },
  );
});

test('nothing that the repository names is run, and attributes that an agent wrote hide nothing', async (t) => {
  const [repository, canaries] = [
    gitRepository(t, { files: { 'a.ts': 'one\n', 'b.bin': 'one\n' } }),
    temporaryFolder(t),
  ];
  const trap = (name: string): string => {
    const script = join(canaries, 'scripts', name);
    writeScript(script, `touch ${canaries}/${name}; exec cat`);
    return script;
  };
  for (const hook of ['post-index-change', 'fsmonitor-watchman', 'pre-commit', 'reference-transaction'])
    writeScript(join(repository.path, '.git/hooks', hook), `touch ${canaries}/hook-${hook}`);
  const workspace = await testWorkspace(t, repository);
  for (const [name, value] of Object.entries({
    'diff.x.command': trap('diff-command'),
    'diff.x.textconv': trap('textconv'),
    'diff.external': trap('external'),
    'core.fsmonitor': trap('fsmonitor'),
    'core.pager': trap('pager'),
    'pager.log': trap('pager-log'),
    'filter.f.clean': trap('clean'),
    'filter.f.required': 'true',
    'blame.ignoreRevsFile': '/nonexistent',
    'log.showSignature': 'true',
    'gpg.program': trap('gpg'),
    'color.ui': 'always',
    'alias.blame': `!${trap('alias')}`,
  }))
    repository.git('config', name, value);
  writeFileSync(join(repository.path, '.git/info/attributes'), '*.ts diff=x\n');
  writeFiles(workspace.folder.repo, {
    'a.ts': 'two\n',
    'b.bin': 'two\n',
    '.gitattributes': '*.ts diff=x filter=f\n*.bin -diff\n',
  });
  const use = agentIn(workspace);
  const diff = await use(gitDiff, {});
  assert.match(diff, /\+two[^]*\+two/);
  assert.doesNotMatch(diff, /\u001b|Binary/);
  await use(gitLog, { path: 'a.ts' });
  await use(gitShow, { revision: 'HEAD' });
  await use(gitBlame, { path: 'a.ts' });
  await use(gitBlame, { path: 'b.bin', revision: 'HEAD' });
  assert.deepEqual(readdirSync(canaries), ['scripts']);
});

test('links, binary files, submodules, repositories inside and names with line ends are shown as what they are', async (t) => {
  const [origin, parent] = [gitRepository(t), gitRepository(t)];
  parent.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin.path, 'sub');
  writeFiles(parent.path, { 'd/passwd': 'ours\n' });
  parent.commit({});
  const workspace = await testWorkspace(t, parent);
  const { repo } = workspace.folder;
  const secret = temporaryFolder(t);
  writeFiles(secret, { passwd: 'canary-secret\n' });
  rmSync(join(repo, 'd'), { recursive: true });
  symlinkSync(secret, join(repo, 'd'));
  symlinkSync(join(secret, 'passwd'), join(repo, 'link'));
  writeFileSync(join(repo, 'image.png'), Buffer.from([0x89, 0, 1, 2]));
  writeFiles(repo, { 'new\nline.txt': 'x\n' });
  newRepositoryAt(join(repo, 'inner'));
  mkdirSync(join(repo, 'folder'));
  const use = agentIn(workspace);
  const diff = await use(gitDiff, {});
  assert.match(diff, /added "new\\nline\.txt" \+1 −0/);
  assert.match(diff, /Binary files \/dev\/null and b\/image\.png differ/);
  assert.match(diff, /deleted d\/passwd/);
  assert.doesNotMatch(diff, /canary-secret/);
  assert.ok(existsSync(join(repo, 'inner/.git')), 'a look moves nothing');
  await refused(use(gitBlame, { path: 'd/passwd' }), /no such path/);
  assert.doesNotMatch(await use(gitBlame, { path: 'link' }), /canary-secret/);
  assert.match(await use(gitShow, { revision: 'HEAD', path: 'sub' }), /^a submodule at commit/);
});

test('a patch of 100 MB is cut, and its pages and files can be asked for', async (t) => {
  const workspace = await testWorkspace(t);
  const { repo } = workspace.folder;
  const text = Array.from({ length: 100_000 }, (_, n) => `line ${n} ${'x'.repeat(50)}\n`).join('');
  for (let n = 0; n < 16; n++) writeFileSync(join(repo, `large-${n}.txt`), text.replaceAll('x', String(n % 10)));
  writeFileSync(join(repo, 'long-line.txt'), `${'y'.repeat(100_000)}\n`);
  const use = agentIn(workspace);
  const whole = await use(gitDiff, {}).catch((error: Error) => `refused: ${error.message}`);
  assert.match(whole, /^\+1600001 −0 in 17 files:|^refused: git took longer than 30 s; ask for less/);
  assert.ok(Buffer.byteLength(whole) < 64 * 1024);
  for (let n = 2; n < 16; n++) rmSync(join(repo, `large-${n}.txt`));
  const first = await use(gitDiff, {});
  assert.match(first, /^\+200001 −0 in 3 files:/);
  assert.ok(Buffer.byteLength(first) < 64 * 1024);
  assert.match(first, /\n\[lines 1 to 500 of more than \d+; use offset to read on, or give a path\]$/);
  assert.match(await use(gitDiff, { offset: 500, limit: 2 }), /^\+line 4\d\d [^]*\n\[lines 501 to 502 of more than/);
  const one = await use(gitDiff, { path: 'long-line.txt' });
  assert.match(one, /y… \[99001 more\]/);
  assert.ok(one.length < 3_000);
});

test('a repository with long ids, and one that was cloned without its older commits, can be looked at', async (t) => {
  const origin = gitRepository(t);
  for (let n = 0; n < 3; n++) origin.commit({ 'src/a.txt': `one\n${n}\n` });
  const clone = join(temporaryFolder(t), 'clone');
  origin.git('clone', '--quiet', '--depth=2', `file://${origin.path}`, clone);
  const long = newRepositoryAt(temporaryFolder(t), 'sha256');
  long.commit({ 'src/a.txt': 'one\n2\n' });
  for (const repository of [repositoryAt(clone), long]) {
    const workspace = await testWorkspace(t, repository);
    writeFiles(workspace.folder.repo, { 'src/a.txt': 'one\ntwo\n' });
    const use = agentIn(workspace);
    assert.match(await use(gitDiff, {}), /^\+1 −1 in 1 file/);
    assert.match(await use(gitLog, {}), /A Person: Change/);
    assert.match(await use(gitShow, { revision: 'base' }), /^commit /);
    assert.match(await use(gitBlame, { path: 'src/a.txt' }), / 2\) two\n/);
  }
});

test('a look ends when the attempt ends, and leaves nothing behind', async (t) => {
  const workspace = await testWorkspace(t);
  const stop = new AbortController();
  const use = agentIn(workspace, undefined, stop.signal);
  writeFiles(workspace.folder.repo, { 'x.txt': 'x\n' });
  const answer = use(gitDiff, {});
  stop.abort(new Error('cancelled'));
  await assert.rejects(answer, /cancelled/);
  const temporary = join(workspace.folder.root, '.tmp');
  assert.deepEqual(existsSync(temporary) ? readdirSync(temporary) : [], []);
});

test('without a repository the tools say so', async (t) => {
  const workspace = await testWorkspace(t);
  const confined = openConfinedFolder(workspace.folder.root, { mayWrite: () => null });
  const context = { folder: confined, signal: new AbortController().signal, wrote: () => undefined };
  await refused(gitDiff.run({}, context), /there is no repository/);
});
