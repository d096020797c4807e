import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ended, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { reportFault } from './support/fault-line.js';
import { measured } from './support/measured.js';

const disk = mkdtempSync(join(tmpdir(), 'phasegate-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1536k', 'tmpfs', disk]).status === 0;
const skip = !mounted && 'a small disk can only be mounted by root';
let stack: TestStack;
before(async () => {
  stack = await startTestStack({ workspaceRoot: disk });
  await stack.template('one', [{ key: 'note', attempts: 3 }], { onHumanRequired: 'wait' });
});
after(async () => {
  await stack.stop();
  if (mounted) spawnSync('umount', ['--lazy', disk]);
  await rm(disk, { recursive: true, force: true });
});

const big = { tools: [{ name: 'write_file', args: { path: 'repo/big.txt', content: 'x'.repeat(900_000) } }] };
const bigToo = { tools: [{ name: 'write_file', args: { path: 'repo/big2.txt', content: 'y'.repeat(900_000) } }] };

test(
  'the disk of the workspace is full: the run waits for help with the reason, and goes on when there is room',
  { skip, timeout: 180_000 },
  async () => {
    const handle = await stack.start('one', [big, bigToo, bigToo, bigToo, bigToo], {}, { repoAccess: 'write' });
    const status = await untilStatus(
      stack,
      handle,
      ({ waitsFor, state }) => waitsFor !== null || state === 'failed' || state === 'completed',
      60_000,
    );
    assert.match(status.waitsFor?.message ?? JSON.stringify(status), /No space left|ENOSPC|full/i);
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
    const began = Date.now();
    await handle.signal('retry');
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    const recoverMs = Date.now() - began;
    const cost = await measured(stack, end.report.runId, stack.model.requests.length);
    reportFault({ fault: 'the disk of the workspace is full', ...cost, recoverMs });
  },
);

test(
  'the disk of the workspace is read-only: said with the path, and the run goes on when it is not',
  { skip, timeout: 90_000 },
  async () => {
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const before = stack.model.requests.length;
    const refused = await ended(stack, await stack.start('one'), { report: 'in the mirror' });
    assert.equal(refused.code, 'workspace_failed');
    assert.ok(refused.message.includes(disk), refused.message);
    const cost = await measured(stack, refused.report.runId, stack.model.requests.length - before);
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    assert.equal((await ended(stack, await stack.start('one'))).temporal, 'COMPLETED');
    reportFault({
      fault: 'a run started on a read-only disk (refused with workspace_failed)',
      ...cost,
      recoverMs: null,
    });
  },
);
