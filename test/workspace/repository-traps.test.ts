import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { commitPhase, listCommits } from '../../src/workspace/worktree/commit.js';
import { countUncommitted } from '../../src/workspace/worktree/uncommitted.js';
import { returnToCommit } from '../../src/workspace/worktree/return-to-commit.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { findNotCommitted } from '../../src/workspace/worktree/not-committed.js';
import { failure } from '../support/failure.js';
import {
  createGitRepository,
  gitRepository,
  repositoryAt,
  temporaryFolder,
  writeFiles,
  writeScript,
  type TestRepository,
} from '../support/git-repository.js';
import { testWorkspace } from '../support/workspace.js';

/** A repository with one way to have git run something, and a program that leaves a file when it is run. */
interface Scene extends TestRepository {
  /** Path of the program: it leaves its mark, and hands its input through. */
  program: string;
  /** A folder outside of the repository. */
  elsewhere: string;
}

interface Trap {
  name: string;
  lay(scene: Scene): void;
  /** What springs it when git is used as usual: else the trap would prove nothing. */
  spring(scene: Scene): void;
  /** The run can't be prepared, with these words: what it would need may not be fetched. */
  fails?: RegExp;
}

const addWorktree = ({ git, elsewhere }: Scene): void =>
  void git('worktree', 'add', '-q', '-b', 'phasegate/side', join(elsewhere, 'worktree'));

function filter(name: string, program: string): string {
  return `[filter "${name}"]\n\tsmudge = ${program}\n\tclean = ${program}\n`;
}

/** A filter that only a certain git directory, branch or remote has. */
function conditional(condition: string): Pick<Trap, 'lay' | 'spring'> {
  return {
    lay: ({ commit, git, program, elsewhere }) => {
      commit({ '.gitattributes': '*.bin filter=evil\n', 'a.bin': 'a' });
      writeFiles(elsewhere, { included: filter('evil', program) });
      git('config', 'remote.origin.url', 'https://example.invalid/x.git');
      git('config', condition, join(elsewhere, 'included'));
    },
    spring: addWorktree,
  };
}

const TRAPS: Trap[] = [
  {
    name: 'core.hooksPath, to hooks that the repository tracks',
    lay: ({ path, git, commit, program }) => {
      for (const hook of ['post-checkout', 'pre-commit', 'reference-transaction', 'post-index-change'])
        writeScript(join(path, '.githooks', hook), `exec ${program} </dev/null`);
      commit({ 'a.txt': 'a' });
      git('config', 'core.hooksPath', join(path, '.githooks'));
    },
    spring: addWorktree,
  },
  { name: 'a filter in an included file', ...conditional('include.path') },
  {
    name: 'a filter that only worktrees have (includeIf gitdir)',
    ...conditional('includeIf.gitdir:**/worktrees/**.path'),
  },
  {
    name: 'a filter that only branches of runs have (includeIf onbranch)',
    ...conditional('includeIf.onbranch:phasegate/**.path'),
  },
  {
    name: 'a filter by a remote (includeIf hasconfig)',
    ...conditional('includeIf.hasconfig:remote.*.url:https://example.invalid/**.path'),
  },
  {
    name: 'a filter in config.worktree, by info/attributes',
    lay: ({ path, git, program }) => {
      git('config', 'extensions.worktreeConfig', 'true');
      git('config', '--worktree', 'filter.evil.smudge', program);
      git('config', '--worktree', 'filter.evil.clean', program);
      writeFiles(path, { '.git/info/attributes': '* filter=evil\n' });
    },
    spring: addWorktree,
  },
  {
    name: 'a filter process that is required',
    lay: ({ commit, git, program }) => {
      commit({ '.gitattributes': '* filter=evil\n' });
      git('config', 'filter.evil.process', program);
      git('config', 'filter.evil.required', 'true');
    },
    spring: addWorktree,
  },
  {
    name: 'a filter that nothing uses until an agent writes .gitattributes',
    lay: ({ git, program }) => {
      git('config', 'filter.evil.clean', program);
      git('config', 'filter.evil.smudge', program);
    },
    spring: ({ commit }) => void commit({ '.gitattributes': '* filter=evil\n', 'new.bin': 'n' }),
  },
  {
    name: 'core.fsmonitor',
    lay: ({ git, program }) => void git('config', 'core.fsmonitor', program),
    spring: ({ git }) => void git('status'),
  },
  {
    name: "diff.external and a textconv of the repository's .gitattributes",
    lay: ({ commit, git, program }) => {
      commit({ '.gitattributes': '*.txt diff=tc\n*.md diff=cmd\n' });
      git('config', 'diff.tc.textconv', program);
      git('config', 'diff.cmd.command', program);
      git('config', 'diff.external', program);
    },
    spring: ({ git }) => void git('diff', 'HEAD~1', '--ext-diff', '--textconv'),
  },
  {
    name: 'a merge driver',
    lay: ({ commit, git, program }) => {
      commit({ '.gitattributes': '* merge=evil\n', 'm.txt': 'base\n' });
      git('config', 'merge.evil.driver', `${program} </dev/null`);
      git('branch', 'other');
      commit({ 'm.txt': 'ours\n' });
      git('checkout', '-q', 'other');
      commit({ 'm.txt': 'theirs\n' });
      git('checkout', '-q', 'main');
    },
    spring: ({ git }) => void git('merge', 'other', '-m', 'merge'),
  },
  {
    name: 'gpg.program, for commits and in the log',
    lay: ({ git, program }) => {
      for (const [name, value] of [
        ['gpg.program', program],
        ['commit.gpgSign', 'true'],
        ['log.showSignature', 'true'],
        ['user.signingKey', 'x'],
      ] as const)
        git('config', name, value);
    },
    spring: ({ commit }) => void commit({ 'a.txt': 'a' }),
  },
  {
    name: 'core.sshCommand, core.gitProxy and a credential helper',
    lay: ({ git, program }) => {
      for (const [name, value] of [
        ['core.sshCommand', program],
        ['core.gitProxy', program],
        ['credential.helper', `!${program}`],
        ['remote.origin.url', 'ssh://example.invalid/x.git'],
        ['remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'],
      ] as const)
        git('config', name, value);
    },
    spring: ({ git }) => void git('fetch', 'origin'),
  },
  {
    name: 'URL and update command of a submodule',
    lay: ({ path, commit, git, program }) => {
      const submodule = createGitRepository();
      git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', submodule.path, 'sub');
      submodule.remove();
      commit({ '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = ext::${program} %S\n` });
      rmSync(join(path, 'sub'), { recursive: true });
      for (const [name, value] of [
        ['submodule.sub.url', `ext::${program} %S`],
        ['submodule.sub.update', `!${program}`],
        ['submodule.sub.active', 'true'],
        ['submodule.recurse', 'true'],
        ['protocol.ext.allow', 'always'],
      ] as const)
        git('config', name, value);
    },
    spring: ({ git }) => void git('submodule', 'update', '--init', '--force'),
  },
  {
    name: 'an object that only a promisor remote has',
    lay: ({ path, git, program }) => {
      const blob = git('rev-parse', 'HEAD:README.md');
      rmSync(join(path, '.git/objects', blob.slice(0, 2), blob.slice(2)));
      for (const [name, value] of [
        ['core.repositoryFormatVersion', '1'],
        ['extensions.partialClone', 'origin'],
        ['remote.origin.promisor', 'true'],
        ['remote.origin.url', `ext::${program} %S`],
        ['protocol.ext.allow', 'always'],
      ] as const)
        git('config', name, value);
    },
    spring: ({ git }) => void git('cat-file', 'blob', 'HEAD:README.md'),
    fails: /lazy fetching disabled|not allowed/,
  },
  {
    name: 'alternates, and the command that lists their refs',
    lay: ({ path, git, program }) => {
      const other = createGitRepository({ files: { 'borrowed.txt': 'b' } });
      writeFiles(path, { '.git/objects/info/alternates': `${other.path}/.git/objects\n` });
      git('config', 'core.alternateRefsCommand', program);
      // kept until the end of the test process, like every folder that a repository refers to
      process.once('exit', () => other.remove());
    },
    spring: ({ git, elsewhere }) => {
      const source = join(elsewhere, 'source');
      mkdirSync(source);
      const from = repositoryAt(source);
      from.git('init', '-q', '-b', 'main');
      from.git('-c', 'user.name=a', '-c', 'user.email=a', 'commit', '-q', '--allow-empty', '-m', 'x');
      git('fetch', '-q', source, 'main');
    },
  },
];

function scene(t: TestContext, { lay }: Trap): Scene & { ran(): string[] } {
  const [repository, marks, elsewhere] = [gitRepository(t), temporaryFolder(t), temporaryFolder(t)];
  const program = join(elsewhere, 'program');
  // a transport would wait for words of a program that waits for words itself
  writeScript(program, `touch ${marks}/ran; exec timeout 1 cat`);
  const made = { ...repository, program, elsewhere };
  lay(made);
  rmSync(join(marks, 'ran'), { force: true });
  return { ...made, ran: () => readdirSync(marks) };
}

/** All that phasegate does with git in a run: prepare, commit, look at what was done, go back after a reset. */
async function wholeRun(t: TestContext, repository: TestRepository): Promise<void> {
  const { folder, runId, workflowId, baseCommit } = await testWorkspace(t, repository);
  writeFiles(folder.repo, {
    '.gitattributes': '* filter=evil diff=evil merge=evil\n',
    'new.bin': 'n',
    'README.md': 'changed\n',
    'sub/x.txt': 'x',
  });
  // newer than the index: git must look into every file again
  const future = new Date(Date.now() + 60_000);
  for (const name of readdirSync(folder.repo)) if (name !== '.git') utimesSync(join(folder.repo, name), future, future);
  assert.ok((await countUncommitted(await openWorktree(folder))) > 0);
  const made = await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'o' });
  assert.deepEqual(
    (await listCommits(await openWorktree(folder))).map(({ sha }) => sha),
    [made?.sha],
  );
  // what a filter would have to convert is left out, and listed
  const left = await findNotCommitted(await openWorktree(folder), ['new.bin']);
  for (const path of ['README.md', 'new.bin'])
    assert.match(left.find((file) => file.path === path)?.why ?? '', /filter=evil/);
  assert.notEqual(
    await returnToCommit({ root: folder.root, runId, executionRunId: randomUUID(), head: baseCommit }),
    null,
  );
}

for (const trap of TRAPS) {
  test(`S07 a run triggers no trap of the repository: ${trap.name}`, async (t) => {
    const laid = scene(t, trap);
    if (trap.fails) await assert.rejects(wholeRun(t, laid), failure('repo_incomplete', trap.fails));
    else await wholeRun(t, laid);
    assert.deepEqual(laid.ran(), []);
  });

  test(`that trap works when git is used as usual: ${trap.name}`, (t) => {
    const laid = scene(t, trap);
    try {
      trap.spring(laid);
    } catch {
      // a trap that breaks the command has sprung all the same
    }
    assert.deepEqual(laid.ran(), ['ran']);
  });
}
