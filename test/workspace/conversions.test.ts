import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { PROCESS_CHANNEL } from '../../src/workspace/git/run-process.js';
import { openWorktree } from '../../src/workspace/worktree/worktree.js';
import { findNotCommitted } from '../../src/workspace/worktree/not-committed.js';
import { gitRepository, writeFiles } from '../support/git-repository.js';
import { testWorkspace } from '../support/workspace.js';

const ATTRIBUTES = '*.txt text\n*.bat text eol=crlf\n*.ps working-tree-encoding=UTF-16LE\n';
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

test('one file whose conversion fails is committed as it is, and all others are converted as git does', async (t) => {
  const repository = gitRepository(t);
  repository.commit({ '.gitattributes': ATTRIBUTES, 'old.txt': 'old\n', 'gone.ps': '', 'run.ps': '' });
  const { folder, worktree, runId, workflowId } = await testWorkspace(t, repository);
  writeFiles(folder.repo, { 'old.txt': 'a\r\nb\r\n', 'new.bat': 'a\r\n', 'z.txt': 'z\r\n', 'm.ps': 'odd' });
  for (const name of ['a.ps', 'z.ps', 'run.ps']) writeFileSync(join(folder.repo, name), utf16('ü\n'));
  writeFiles(folder.repo, { 'n.ps': 'odd as well' });
  chmodSync(join(folder.repo, 'n.ps'), 0o755);
  worktree.git('rm', '--quiet', '--cached', 'gone.ps');
  assert.equal(
    (await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'p-1' }))?.filesChanged,
    8,
  );
  const expected = {
    'old.txt': 'a\nb',
    'new.bat': 'a',
    'z.txt': 'z',
    'm.ps': 'odd',
    'n.ps': 'odd as well',
    'a.ps': 'ü',
    'z.ps': 'ü',
    'run.ps': 'ü',
  };
  const found = Object.keys(expected).map((name) => [name, worktree.git('cat-file', 'blob', `HEAD:${name}`)]);
  assert.deepEqual(Object.fromEntries(found), expected);
  assert.match(worktree.git('ls-tree', 'HEAD', 'n.ps'), /^100755/);
  assert.deepEqual(await findNotCommitted(await openWorktree(folder), Object.keys(expected)), []);
});

test('attributes under which no file can be converted cost few processes, and every file is committed', async (t) => {
  const { folder, worktree, runId, workflowId } = await testWorkspace(t);
  const names = Array.from({ length: 300 }, (_, n) => `file ${n}.md`);
  writeFiles(folder.repo, {
    '.gitattributes': '* working-tree-encoding=UTF-16\n',
    ...Object.fromEntries(names.map((name) => [name, name])),
  });
  let started = 0;
  const count = (): void => void started++;
  subscribe(PROCESS_CHANNEL, count);
  t.after(() => unsubscribe(PROCESS_CHANNEL, count));
  const made = await commitPhase({ repoDir: folder.repo, phaseKey: 'p', runId, workflowId, occurrence: 'p-1' });
  assert.equal(made?.filesChanged, 301);
  assert.equal(worktree.git('cat-file', 'blob', 'HEAD:file 299.md'), 'file 299.md');
  assert.ok(started < 120, `${started} processes`);
});
