import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { ended, untilStatus } from '../support/ended.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({}, { worker: 'own' });
  await stack.template('one', [{ key: 'one' }]);
  await stack.template('none', [{ key: 'one', artifact: undefined }]);
});
after(() => stack.stop());

const WRITES = [{ tools: [{ name: 'write_file', args: { path: 'repo/one.txt', content: 'one\n' } }] }];
const gitOf = (...args: string[]) => execFileSync('git', ['-C', stack.repoPath, ...args], { encoding: 'utf8' }).trim();

/** A worker with a workspace root of its own. */
async function worker(t: TestContext): Promise<{ root: string; stop: () => Promise<void> }> {
  const root = await mkdtemp(path.join(tmpdir(), 'phasegate-root-'));
  const end = await startTestWorker(stack, { workspaceRoot: root });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= end().then(() => rm(root, { recursive: true })));
  t.after(stop);
  return { root, stop };
}

test('S07: no files are checked out while a run waits before its first agent; the worker that has the agent makes its folder, and nothing is lost', async (t) => {
  const handle = await stack.start('one', WRITES, {}, { repoAccess: 'write' });
  await handle.signal('pause');
  const planner = await worker(t);
  const { run, branch } = await untilStatus(
    stack,
    handle,
    (now) => now.branch !== null && now.waitsFor?.kind === 'paused',
  );
  assert.equal(gitOf('rev-parse', branch ?? ''), gitOf('rev-parse', 'main'), 'the branch keeps the base commit');
  assert.ok(existsSync(path.join(planner.root, run.runId)) && !existsSync(path.join(planner.root, run.runId, 'repo')));
  await planner.stop();
  await worker(t);
  await handle.signal('resume');
  const end = await ended(stack, handle, { report: 'in the mirror' });
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.deepEqual(
    end.report.commits.map(({ phaseKey }) => phaseKey),
    ['one'],
  );
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'workspace_rebuilt'),
    [],
  );
});

test('S07, S27: a run that no agent works in gets no worktree, and its report says that nothing was committed', async (t) => {
  const { root } = await worker(t);
  const end = await ended(stack, await stack.start('none'), { report: 'in the mirror' });
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const { commits, unresolved, repository, runId } = end.report;
  assert.deepEqual([commits, unresolved, repository.baseCommit], [[], [], gitOf('rev-parse', 'main')]);
  assert.ok(existsSync(path.join(root, runId, 'report.md')) && !existsSync(path.join(root, runId, 'repo')));
});
