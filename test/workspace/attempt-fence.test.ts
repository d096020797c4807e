import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AttemptRank } from '../../src/domain/attempt-rank.js';
import { OlderAttempt } from '../../src/domain/older-attempt.js';
import { claimFolder } from '../../src/workspace/attempt-fence.js';
import { temporaryFolder } from '../support/git-repository.js';
import { until } from '../support/until.js';

const FIRST: AttemptRank = {
  execution: 'aaaaaaaa-0000-4000-8000-000000000000',
  scheduling: 1,
  attempt: 1,
  scheduledAt: 1_000,
};
const RETRY = { ...FIRST, attempt: 2, scheduledAt: 12_000 };
const NEXT_PHASE = { ...FIRST, scheduling: 2, scheduledAt: 30_000 };
const AFTER_RESET = { ...FIRST, execution: 'bbbbbbbb-0000-4000-8000-000000000000', scheduledAt: 40_000 };

test('a newer attempt takes the folder, and the older one is told at its next step and by its signal', async (t) => {
  const root = temporaryFolder(t);
  const older = await claimFolder(root, FIRST);
  older.check();
  const newer = await claimFolder(root, RETRY);
  assert.throws(() => older.check(), OlderAttempt);
  assert.ok(older.signal.aborted);
  assert.ok(older.signal.reason instanceof OlderAttempt);
  newer.check();
});

test('the older attempt is told although it does nothing', async (t) => {
  const root = temporaryFolder(t);
  const older = await claimFolder(root, FIRST);
  await claimFolder(root, RETRY);
  await until(() => older.signal.aborted);
});

for (const [what, newest, late] of [
  ['a lower attempt', RETRY, FIRST],
  ['an attempt at an earlier phase', NEXT_PHASE, RETRY],
  ['an attempt of an execution that was reset', AFTER_RESET, NEXT_PHASE],
] as const) {
  test(`${what} that claims late sees the newer one and leaves it alone`, async (t) => {
    const root = temporaryFolder(t);
    const fence = await claimFolder(root, newest);
    await assert.rejects(claimFolder(root, late), OlderAttempt);
    fence.check();
    // also when the newer one is through: its claim stays
    fence.release();
    await assert.rejects(claimFolder(root, late), OlderAttempt);
    assert.equal(readdirSync(join(root, '.claims')).length, 1);
  });
}

test('of many that claim at once exactly the newest holds the folder', async (t) => {
  const root = temporaryFolder(t);
  const ranks = Array.from({ length: 40 }, (_, index) => ({
    ...FIRST,
    attempt: index + 1,
    scheduledAt: 1_000 * (index + 1),
  })).sort(() => Math.random() - 0.5);
  const fences = await Promise.all(
    ranks.map((rank) =>
      claimFolder(root, rank).catch((error: unknown) => (assert.ok(error instanceof OlderAttempt), null)),
    ),
  );
  const holders = ranks.filter((_, index) => {
    try {
      fences[index]?.check();
      return fences[index] !== null;
    } catch {
      return false;
    }
  });
  assert.deepEqual(
    holders.map(({ attempt }) => attempt),
    [40],
  );
});

test('where nobody can say which attempt is older, the one that comes later works', async (t) => {
  const root = temporaryFolder(t);
  const before = await claimFolder(root, { ...FIRST, attempt: 40, scheduledAt: 90_000 });
  const reset = await claimFolder(root, { ...FIRST, attempt: 1, scheduledAt: 95_000 });
  reset.check();
  assert.throws(() => before.check(), OlderAttempt);
});

test('a folder that is gone, claims that somebody removed, and strange names stop nobody', async (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, '.claims'));
  writeFileSync(join(root, '.claims/.DS_Store'), '');
  const fence = await claimFolder(root, FIRST);
  fence.check();
  rmSync(join(root, '.claims'), { recursive: true });
  fence.check();
  rmSync(root, { recursive: true });
  fence.check();
});
