import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, untilStatus } from '../support/ended.js';
import { repositoryAt } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { verified } from '../support/verified.js';
import { invalidArtifacts } from '../support/invalid-artifacts.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'code' }]);
  await stack.template('parks', [{ key: 'code' }], { onHumanRequired: 'wait' });
});
after(() => stack.stop());

const write = (content: string) => ({ name: 'write_file', args: { path: 'repo/work.txt', content } });
const WORK: Behaviour = { tools: [write('half of it\n')] };
const git = (...args: string[]) => repositoryAt(stack.repoPath).git(...args);
const WRITES = { repoAccess: 'write' as const };

test('a phase that fails for good keeps its work: in the repository, the failure, the events and the report', async () => {
  const handle = await stack.start('one', [WORK, invalidArtifacts(2)], {}, WRITES);
  const { code, message, events, report } = await ended(stack, handle);
  assert.equal(code, 'artifact_invalid_after_repair');
  const ref = `refs/phasegate/${report.runId}/kept/code-2`;
  assert.match(String(message), new RegExp(`; its work that is not committed: git show ${ref}$`));
  assert.match(git('show', ref), /\+half of it/);
  const kept = events.filter(({ type }) => type === 'work_kept');
  assert.deepEqual(
    kept.map(({ phaseKey, payload }) => [phaseKey, payload]),
    [
      [
        'code',
        { attempt: 2, round: 1, ref, commit: git('rev-parse', ref), changed: { files: 1, added: 1, removed: 0 } },
      ],
    ],
  );
  assert.deepEqual(
    report.unresolved.filter(({ kind }) => kind === 'kept_work').map(({ text }) => text),
    [`work that is not committed is kept: git show ${ref}`],
  );
  assert.deepEqual((await stack.status(handle)).kept, [{ phase: 'code', ref }]);
  await verified(stack, report.runId);
});

test('a phase that waits for help says where its work is, and a retry finds it in its place', async () => {
  const handle = await stack.start(
    'parks',
    [WORK, invalidArtifacts(2), { tools: [{ name: 'write_artifact', args: { title: 'done' } }] }],
    {},
    WRITES,
  );
  const status = await untilStatus(stack, handle, ({ waitsFor }) => waitsFor?.kind === 'parked');
  const ref = `refs/phasegate/${status.run.runId}/kept/code-2`;
  assert.deepEqual(status.kept, [{ phase: 'code', ref }]);
  assert.match(String(status.waitsFor?.message), new RegExp(`git show ${ref}`));
  await handle.signal('retry');
  const { temporal, report } = await ended(stack, handle);
  assert.equal(temporal, 'COMPLETED');
  assert.deepEqual(report.changes?.total, { files: 1, added: 1, removed: 0 });
  assert.equal(git('rev-parse', `${ref}^{tree}`), git('rev-parse', `${report.commits[0]?.sha}^{tree}`));
});

for (const [how, behaviours] of [
  ['while its agent works', [WORK, { fault: 'stall_body' }]],
  ['while it waits for its provider', [WORK, { status: 503, times: 100 }]],
] as [string, Behaviour[]][]) {
  test(`a phase that is aborted ${how} keeps its work`, async () => {
    const handle = await stack.start('one', behaviours, {}, WRITES);
    const { runId } = (await stack.status(handle)).run;
    await until(async () => (await toolCalls(runId)) >= 1, 30_000);
    await handle.signal('abort', { by: 'ann' });
    const { temporal, report } = await ended(stack, handle);
    assert.equal(temporal, 'CANCELLED');
    const ref = `refs/phasegate/${report.runId}/kept/code-1`;
    assert.equal(git('for-each-ref', '--format=%(refname)', `refs/phasegate/${report.runId}`), ref);
    assert.match(git('show', ref), /\+half of it/);
    assert.match(JSON.stringify(report.unresolved), new RegExp(`git show ${ref}`));
  });
}

/** How many answers of tools the run has: the file is written then. */
async function toolCalls(runId: string): Promise<number> {
  const { rows } = await stack.mirror.pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM tool_calls WHERE run_id = $1::uuid',
    [runId],
  );
  return rows[0]?.n ?? 0;
}
