// Alone in its process: it runs as another user.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { AgentTool } from '../../src/agent/tools/agent-tool.js';
import { editFile } from '../../src/agent/tools/files/edit-file.js';
import { glob } from '../../src/agent/tools/search/glob.js';
import { grep } from '../../src/agent/tools/search/grep.js';
import { ls } from '../../src/agent/tools/search/ls.js';
import { readFile as readFileTool } from '../../src/agent/tools/files/read-file.js';
import { writeFile } from '../../src/agent/tools/files/write-file.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { temporaryFolder, writeFiles } from '../support/git-repository.js';
import { asOrdinaryUser } from '../support/ordinary-user.js';

const DENIED = { name: 'PathRefused', message: /permission denied/ };

/** A run's folder with entries that an ordinary user may not use, and the tools as such a user's worker runs them. */
async function withUnreadable(
  t: TestContext,
  work: (use: (tool: AgentTool, args: unknown) => Promise<string>, root: string) => Promise<void>,
): Promise<void> {
  const top = temporaryFolder(t);
  const root = join(top, 'run');
  writeFiles(root, {
    'artifacts/x': '',
    'repo/a.txt': 'hit\n',
    'repo/secret.txt': 'hit\n',
    'repo/locked/in.txt': 'hit\n',
    'repo/listed/in.txt': 'hit\n',
    'repo/shut/in.txt': 'hit\n',
    'repo/z/b.txt': 'hit\n',
  });
  const context = {
    folder: openConfinedFolder(root, { mayWrite: () => null }),
    signal: new AbortController().signal,
    wrote: () => undefined,
  };
  const modes = { 'secret.txt': 0o000, locked: 0o000, listed: 0o444, shut: 0o555 };
  // the second thread loads its code as the user that this process runs as
  for (const tool of [grep, glob, readFileTool, editFile])
    await tool.run({ pattern: 'x', path: 'repo/a.txt', oldText: 'none', newText: 'x' }, context).catch(() => undefined);
  await asOrdinaryUser(top, async () => {
    for (const [name, mode] of Object.entries(modes)) chmodSync(join(root, 'repo', name), mode);
    try {
      await work((tool, args) => tool.run(args, context), root);
    } finally {
      for (const name of Object.keys(modes)) chmodSync(join(root, 'repo', name), 0o755);
    }
  });
}

test('grep and glob pass over what the worker may not read, name it, and give the rest', async (t) => {
  await withUnreadable(t, async (use) => {
    const searched = await use(grep, { pattern: 'hit' });
    assert.match(searched, /^repo\/a\.txt:1: hit\nrepo\/shut\/in\.txt:1: hit\nrepo\/z\/b\.txt:1: hit\n/);
    for (const name of ['repo/secret.txt', 'repo/locked', 'repo/listed/in.txt'])
      assert.match(searched, new RegExp(`\\[not searched: .*${name}: permission denied`));
    const found = await use(glob, { pattern: '*.txt' });
    assert.match(found, /^repo\/a\.txt\nrepo\/secret\.txt\nrepo\/shut\/in\.txt\nrepo\/z\/b\.txt\n/);
    assert.match(found, /\[not looked at: repo\/listed\/in\.txt: permission denied; repo\/locked: permission denied\]/);
  });
});

test('ls shows what is there, whatever may be read of it; a folder that may not be read is refused', async (t) => {
  await withUnreadable(t, async (use) => {
    assert.equal(await use(ls, { path: 'repo' }), 'a.txt  4\nlisted/\nlocked/\nsecret.txt  4\nshut/\nz/');
    assert.equal(await use(ls, { path: 'repo/listed' }), 'in.txt  ?');
    for (const path of ['repo/locked', 'repo/locked/in.txt']) await assert.rejects(use(ls, { path }), DENIED);
  });
});

test('a file that may not be read or written is an answer to the model, never the end of the attempt', async (t) => {
  await withUnreadable(t, async (use, root) => {
    for (const path of ['repo/secret.txt', 'repo/locked/in.txt', 'repo/listed/in.txt']) {
      await assert.rejects(use(readFileTool, { path }), DENIED, path);
      await assert.rejects(use(editFile, { path, oldText: 'hit', newText: 'x' }), DENIED, path);
      await assert.rejects(use(grep, { pattern: 'x', path: 'repo/locked' }), DENIED);
    }
    for (const path of [
      'repo/locked/in.txt',
      'repo/locked/new/x.txt',
      'repo/listed/in.txt',
      'repo/shut/in.txt',
      'repo/shut/new.txt',
      'repo/shut/new/x.txt',
    ]) {
      await assert.rejects(use(writeFile, { path, content: 'x' }), DENIED, path);
    }
    await use(writeFile, { path: 'repo/secret.txt', content: 'mine now' });
    assert.equal(
      await readFile(join(root, 'repo/secret.txt'), 'utf8'),
      'mine now',
      'what was written can be read, and committed',
    );
  });
});
