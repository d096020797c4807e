import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { commitPhase, listCommits } from '../../src/workspace/worktree/commit.js';
import { countUncommitted } from '../../src/workspace/worktree/uncommitted.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import {
  gitRepository,
  repositoryAt,
  temporaryFolder,
  writeFiles,
  writeScript,
  type TestRepository,
} from '../support/git-repository.js';
import { testWorkspace } from '../support/workspace.js';

const HOOKS = [
  'post-checkout',
  'pre-commit',
  'prepare-commit-msg',
  'commit-msg',
  'post-commit',
  'post-index-change',
  'reference-transaction',
  'pre-auto-gc',
  'fsmonitor-watchman',
];
const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 3\n';

/** A repository in which everything that git could run leaves a file, named for what ran. */
function trappedRepository(t: TestContext): TestRepository & { ran(): string[] } {
  const [repository, canaries] = [gitRepository(t), temporaryFolder(t)];
  const trap = (name: string): string => {
    const script = join(canaries, 'scripts', name);
    writeScript(script, `touch ${canaries}/${name}; exec cat`);
    return script;
  };
  const attributes =
    '*.bin filter=lfs\n*.dot filter=a.b\n*.eq filter=a=b\n*.proc filter=proc\n*.txt diff=tc\n*.ext diff=ext\n';
  repository.commit({
    '.gitattributes': attributes,
    'p.bin': POINTER,
    'd.dot': 'd',
    'e.eq': 'e',
    'p.proc': 'p',
    't.txt': 't',
    'x.ext': 'x',
  });
  for (const hook of HOOKS) writeScript(join(repository.path, '.git/hooks', hook), `touch ${canaries}/hook-${hook}`);
  const settings: Record<string, string> = {
    'filter.lfs.smudge': trap('smudge'),
    'filter.lfs.clean': trap('clean'),
    'filter.lfs.required': 'true',
    'filter.a.b.smudge': trap('smudge-dot'),
    'filter.a.b.clean': trap('clean-dot'),
    'filter.a=b.smudge': trap('smudge-equals'),
    'filter.a=b.clean': trap('clean-equals'),
    'filter.proc.process': trap('process'),
    'filter.proc.required': 'true',
    'diff.tc.textconv': trap('textconv'),
    'diff.ext.command': trap('diff-command'),
    'diff.external': trap('diff-external'),
    'core.fsmonitor': trap('fsmonitor'),
    'core.sshCommand': trap('ssh'),
    'core.editor': trap('editor'),
    'core.pager': trap('pager'),
    'core.askPass': trap('askpass'),
    'credential.helper': `!${trap('credential')}`,
    'gpg.program': trap('gpg'),
    'commit.gpgSign': 'true',
    'log.showSignature': 'true',
    'alias.log': `!${trap('alias')}`,
    'trailer.x.command': trap('trailer'),
    'core.alternateRefsCommand': trap('alternates'),
    'status.submoduleSummary': 'true',
    'diff.orderFile': '/nonexistent',
    'color.diff': 'always',
    'i18n.logOutputEncoding': 'UTF-16',
    'log.diffMerges': 'on',
  };
  for (const [name, value] of Object.entries(settings)) repository.git('config', name, value);
  return { ...repository, ran: () => readdirSync(canaries).filter((name) => name !== 'scripts') };
}

test('S07 nothing of the repository is executed: no hook, filter, file monitor, diff or signature program', async (t) => {
  const repository = trappedRepository(t);
  const { folder, runId, workflowId } = await testWorkspace(t, repository);
  assert.equal(readFileSync(join(folder.repo, 'p.bin'), 'utf8'), POINTER, 'a Git LFS pointer stays a pointer');
  writeFiles(folder.repo, {
    'new.bin': 'n',
    'd.dot': 'D',
    'e.eq': 'E',
    'p.proc': 'P',
    't.txt': 'T',
    'x.ext': 'X',
    '.gitattributes': '* filter=lfs diff=ext\n',
  });
  // newer than the index: git must look into them again and again
  const future = new Date(Date.now() + 60_000);
  for (const name of readdirSync(folder.repo)) if (name !== '.git') utimesSync(join(folder.repo, name), future, future);
  const made = await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'o' });
  assert.deepEqual(await listCommits(await openWorktree(folder)), [made]);
  // what a filter would have to convert is in no commit: never as it is
  assert.equal(made?.filesChanged, 1);
  assert.equal(await countUncommitted(await openWorktree(folder)), 6);
  assert.equal(repository.git('cat-file', 'blob', `${made?.sha}:d.dot`), 'd');
  assert.equal(repository.git('ls-tree', `${made?.sha}`, 'new.bin'), '');
  assert.deepEqual(repository.ran(), []);
});

test('the traps of that test work when git is used as usual', (t) => {
  const repository = trappedRepository(t);
  const elsewhere = join(temporaryFolder(t), 'w');
  for (const command of [
    ['worktree', 'add', '-q', '-b', 'side', elsewhere],
    ['diff', 'HEAD'],
  ]) {
    try {
      repository.git(...command);
    } catch {
      // a trap that breaks the command has sprung all the same
    }
  }
  if (existsSync(elsewhere)) writeFiles(elsewhere, { 'new.bin': 'n' });
  try {
    repositoryAt(elsewhere).git('add', '--all');
  } catch {
    // likewise
  }
  for (const trap of ['smudge', 'smudge-dot', 'smudge-equals', 'process', 'hook-reference-transaction', 'fsmonitor'])
    assert.ok(repository.ran().includes(trap), `${trap}: ${repository.ran().join(' ')}`);
});
