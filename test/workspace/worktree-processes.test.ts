import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitPhase } from '../../src/workspace/worktree/commit.js';
import { inspectRepository } from '../../src/workspace/git/inspect-repository.js';
import { withLock } from '../../src/workspace/git/process-lock.js';
import { runFolder } from '../../src/workspace/run-folder.js';
import { gitRepository, repositoryAt, temporaryFolder, writeFiles } from '../support/git-repository.js';
import { startable } from '../../src/local/startable.js';
import { prepareWorktree, testWorkspace } from '../support/workspace.js';

/** Starts the worker; kills it so many milliseconds after it began to work, if asked. */
function worker(args: string[], killAfterMs?: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...startable('../test/workspace/support/prepare-in-process.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (text === '' && killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      text += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) =>
      code === 0 || signal === 'SIGKILL'
        ? resolve(text.trim().split('\n')[1] ?? null)
        : reject(new Error(`worker: ${code}`)),
    );
  });
}

const many = Object.fromEntries(
  Array.from({ length: 400 }, (_, n) => [`folder-${n % 20}/file-${n}.txt`, `${n}\n`.repeat(50)]),
);

test('S07 runs that start at once on one repository, in several processes, do not meet', async (t) => {
  const { path, git } = gitRepository(t);
  const root = temporaryFolder(t);
  const ids = Array.from({ length: 6 }, () => randomUUID());
  // every second one has the workflow id of another
  const branches = await Promise.all(ids.map((id, n) => worker([path, root, `w${n >> 1}`, id])));
  assert.equal(new Set(branches).size, ids.length);
  for (const [n, id] of ids.entries())
    assert.equal(repositoryAt(runFolder(root, id).repo).git('status', '--porcelain', '--branch'), `## ${branches[n]}`);
  assert.equal(git('status', '--porcelain'), '');
});

test('S07 S20 a worker killed while it prepares leaves nothing that the next try trips over', async (t) => {
  const { path, git } = gitRepository(t, { files: many });
  const repository = await inspectRepository(path, 'main');
  const root = temporaryFolder(t);
  let killed = 0;
  for (const delay of [4, 12, 20, 28, 36, 44, 52, 70]) {
    const runId = randomUUID();
    const folder = runFolder(root, runId);
    if ((await worker([path, root, `killed-after-${delay}`, runId], delay)) === null) killed += 1;
    // what the dead held is free after 15 s; here the time is given to it by hand
    const lock = join(repository.commonDir, 'phasegate.lock');
    if (existsSync(lock)) utimesSync(lock, new Date(0), new Date(0));
    const { branch } = await prepareWorktree({ repository, folder, workflowId: `killed-after-${delay}`, runId });
    assert.equal(repositoryAt(folder.repo).git('status', '--porcelain', '--branch'), `## ${branch}`);
    assert.equal(branch, `phasegate/killed-after-${delay}`);
  }
  assert.ok(killed >= 3, `only ${killed} workers were killed in time`);
  assert.equal(git('status', '--porcelain'), '');
  git('fsck', '--no-progress', '--no-dangling');
});

test('S20 a worker killed while it commits leaves one commit or none, and the next try completes it', async (t) => {
  const { repository, folder, runId, workflowId, worktree, baseCommit } = await testWorkspace(
    t,
    gitRepository(t, { files: many }),
  );
  let killed = 0;
  for (const delay of [10, 25, 40, 55, 70]) {
    const phaseKey = `phase-${delay}`;
    writeFiles(
      folder.repo,
      Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`new/${phaseKey}/${n}.txt`, `${n}`])),
    );
    if ((await worker([repository.path, join(folder.root, '..'), workflowId, runId, phaseKey], delay)) === null)
      killed += 1;
    const lock = join(folder.root, '.lock');
    if (existsSync(lock)) utimesSync(lock, new Date(0), new Date(0));
    const commit = await commitPhase({ repoDir: folder.repo, phaseKey, runId, workflowId, occurrence: 'once' });
    assert.equal(commit?.filesChanged, 200);
    assert.equal(worktree.git('rev-parse', 'HEAD'), commit?.sha);
    assert.equal(worktree.git('status', '--porcelain'), '');
  }
  assert.ok(killed >= 2, `only ${killed} workers were killed in time`);
  assert.equal(worktree.git('rev-list', '--count', `${baseCommit}..HEAD`), '5');
});

test('a lock is held by one at a time, and that of a dead holder is taken over', async (t) => {
  const lock = join(temporaryFolder(t), 'lock');
  let [inside, most] = [0, 0];
  await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(lock, async () => {
        most = Math.max(most, (inside += 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
      }),
    ),
  );
  assert.equal(most, 1);
  mkdirSync(lock);
  utimesSync(lock, new Date(0), new Date(0));
  assert.equal(await withLock(lock, async () => 'taken over'), 'taken over');
  await assert.rejects(
    withLock(lock, () => Promise.reject(new Error('of the work'))),
    /of the work/,
  );
  assert.ok(!existsSync(lock));
});
