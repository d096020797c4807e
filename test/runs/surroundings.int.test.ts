import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { killProcessHost } from '../support/process-host.js';
import { until } from '../support/until.js';

let stack: TestStack;
let shim: string;
const ownPath = process.env.PATH;
before(async () => {
  shim = await mkdtemp(path.join(tmpdir(), 'phasegate-shim-'));
  const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
  // a git that dies, or waits, where a file of its command's name lies, as if the system had run out of memory
  await writeFile(
    path.join(shim, 'git'),
    `#!/bin/sh\nif rm "${shim}/kill-$1" 2>/dev/null; then kill -9 $$; fi\nif mv "${shim}/hold-$1" "${shim}/held-$1" 2>/dev/null; then sleep 5; fi\nexec ${git} "$@"\n`,
  );
  await chmod(path.join(shim, 'git'), 0o755);
  process.env.PATH = `${shim}:${ownPath}`;
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
});
after(async () => {
  process.env.PATH = ownPath;
  await stack.stop();
  await rm(shim, { recursive: true, force: true });
});

const write = [{ tools: [{ name: 'write_file', args: { path: 'repo/a.txt', content: 'a' } }] }];

/** How often an activity has been tried so far; 0 while none is pending. */
async function pendingAttempt(handle: WorkflowHandle, code: string): Promise<number> {
  const { raw } = await handle.describe();
  const failed = (raw.pendingActivities ?? []).filter(
    ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === code,
  );
  return Math.max(0, ...failed.map(({ attempt }) => attempt ?? 0));
}

for (const [command, when] of [
  ['rev-parse', 'while the run is planned'],
  ['worktree', 'while its folder is made'],
  ['commit-tree', 'while its work is committed'],
] as const) {
  test(`a git that is killed ${when} is run again, and no attempt or call is used up`, async () => {
    await writeFile(path.join(shim, `kill-${command}`), '');
    const before = stack.model.requests.length;
    const end = await ended(stack, await stack.start('one', write, {}, { repoAccess: 'write' }));
    assert.equal(end.temporal, 'COMPLETED', end.message);
    assert.ok(!existsSync(path.join(shim, `kill-${command}`)), 'it was killed');
    assert.equal(end.report.phases[0]?.attempts, 1);
    assert.equal(stack.model.requests.length - before, end.report.totals.calls);
  });
}

test('the process host is killed while it runs a git: another is started, and the run goes on', async () => {
  await writeFile(path.join(shim, 'hold-commit-tree'), '');
  const handle = await stack.start('one', write, {}, { repoAccess: 'write' });
  await until(() => existsSync(path.join(shim, 'held-commit-tree')), 30_000);
  killProcessHost();
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED', end.message);
  assert.equal(end.report.phases[0]?.attempts, 1);
});

for (const name of ['append_run_events', 'apply_event']) {
  test(`the function ${name} is dropped and brought back: the run waits for it and completes`, async () => {
    const rename = (from: string, to: string) => stack.mirror.pool.query(`ALTER FUNCTION ${from} RENAME TO ${to}`);
    await rename(name, 'gone');
    const handle = await stack.start('one');
    try {
      await until(async () => (await pendingAttempt(handle, 'mirror_not_migrated')) > 2, 30_000);
    } finally {
      await rename('gone', name);
    }
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
  });
}
