import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { clientOf } from './support.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('gated', [{ key: 'note', gates: ['lead'] }]);
  await stack.template('idle', [{ key: 'note', artifact: undefined }]);
});
after(() => stack.stop());

const WRITES = [{ tools: [{ name: 'write_file', args: { path: 'repo/new.txt', content: 'new\n' } }] }];
const folderOf = (runId: string) => path.join(stack.config.workspaceRoot, runId);
const git = (...args: string[]) => execFileSync('git', ['-C', stack.repoPath, ...args], { encoding: 'utf8' }).trim();

async function endedRun(writes = false, template = 'one'): Promise<{ runId: string; branch: string }> {
  const { report } = await ended(stack, await stack.start(template, writes ? WRITES : [], {}, { repoAccess: 'write' }));
  return { runId: report.runId, branch: report.repository.branch ?? '' };
}

test('prune removes what is elsewhere, too, and keeps and lists everything else', async () => {
  const plain = await endedRun();
  const idle = await endedRun(false, 'idle');
  const unmerged = await endedRun(true);
  const merged = await endedRun(true);
  git('branch', 'taken-over', merged.branch);
  const uncommitted = await endedRun();
  await writeFile(path.join(folderOf(uncommitted.runId), 'repo/mine.txt'), 'not committed');
  const edited = await endedRun();
  await appendFile(path.join(folderOf(edited.runId), 'artifacts/note.json'), '\n');
  const aside = await endedRun();
  await mkdir(path.join(folderOf(aside.runId), '.set-aside/x'), { recursive: true });
  const open = await untilGate(stack, await stack.start('gated'));
  const unknown = '00000000-0000-4000-8000-000000000000';
  await mkdir(folderOf(unknown));
  // one that has never got as far as a phase, and a folder that is not a run's
  const unplanned = await ended(stack, await stack.start('one', [], { baseBranch: 'nowhere' }));
  assert.equal(unplanned.code, 'branch_not_found');
  const damaged = await endedRun(true);
  await writeFile(path.join(folderOf(damaged.runId), '.worktree.json'), '[]');
  await writeFile(path.join(stack.config.workspaceRoot, 'ffffffff-0000-4000-8000-000000000000'), 'a file');
  await mkdir(path.join(stack.config.workspaceRoot, 'lost+found'));
  const client = clientOf(stack);

  const young = JSON.parse((await client('prune', '--json')).stdout) as { workspaces: { runId: string }[] };
  assert.deepEqual(
    young.workspaces.map(({ runId }) => runId).sort(),
    [unknown, open.run.runId].sort(),
    'what has just ended is left alone',
  );

  const dry = await client('prune', '--older-than', '0s', '--dry-run');
  assert.match(dry.stdout, /5 would be removed, 6 kept/, dry.stdout + dry.stderr);
  assert.ok(existsSync(folderOf(plain.runId)));

  const { stdout } = await client('prune', '--older-than', '0s', '--json');
  const kept = new Map(
    (JSON.parse(stdout) as { workspaces: { runId: string; kept: string | null }[] }).workspaces.map((each) => [
      each.runId,
      each.kept,
    ]),
  );
  for (const { runId } of [plain, idle, unmerged, merged, unplanned.report])
    assert.ok(kept.get(runId) === null && !existsSync(folderOf(runId)), runId);
  for (const [runId, why] of [
    [uncommitted.runId, /1 file is not committed/],
    [edited.runId, /artifacts\/note\.json is not in the mirror/],
    [aside.runId, /\.set-aside/],
    [open.run.runId, /the run is open/],
    [unknown, /the mirror does not know/],
    [damaged.runId, /not a worktree that git knows/],
  ] as const) {
    assert.match(kept.get(runId) ?? '', why);
    assert.ok(existsSync(folderOf(runId)));
  }
  const branches = git('branch', '--format=%(refname:short)').split('\n');
  assert.ok(branches.includes(unmerged.branch), 'commits that are nowhere else stay');
  assert.ok([plain, idle, merged].every(({ branch }) => !branches.includes(branch)));
  assert.equal(git('show', `${unmerged.branch}:new.txt`), 'new');
  assert.equal(
    git('worktree', 'list', '--porcelain')
      .split('\n')
      .filter((line) => line.startsWith('worktree ')).length,
    6,
  );
  const again = (await client('prune', '--older-than', '0s')).stdout;
  assert.match(again, /0 removed, 6 kept/);
  assert.match(again, /^other {4}ffffffff-0000-4000-8000-000000000000: no folder$/m);
  assert.match(again, /^other {4}lost\+found: its name is not a run id/m);
});

test('PHASEGATE_KEEP_CONVERSATIONS may be longer than there are dates', async () => {
  const { runId } = await endedRun();
  for (const kept of ['999999d', '999999999d']) {
    const { code, stdout, stderr } = await clientOf(stack, { PHASEGATE_KEEP_CONVERSATIONS: kept })(
      'prune',
      '--dry-run',
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /conversations of 0 runs would be deleted/);
  }
  assert.equal((await stack.mirror.listConversations(runId)).length, 1);
});
