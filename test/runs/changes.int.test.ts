import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { rebuildRun } from '../../src/upkeep/rebuild-run.js';
import { ended, untilGate } from '../support/ended.js';
import { repositoryAt } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { verified } from '../support/verified.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('two', [{ key: 'code', gates: ['lead'] }, { key: 'note' }]);
  repositoryAt(stack.repoPath).commit({ 'kept.txt': 'one\ntwo\n', '.gitattributes': '*.ts -diff\n' });
});
after(() => stack.stop());

const write = (path: string, content: string) => ({ name: 'write_file', args: { path: `repo/${path}`, content } });
const WORK: Behaviour[] = [
  { tools: [write('kept.txt', 'one\nTWO\n'), write('src/new.ts', 'a\nb\n')] },
  { tools: [{ name: 'write_artifact', args: { title: 'I changed nothing' } }] },
  { tools: [{ name: 'write_artifact', args: { title: 'the second phase' } }] },
];

test('what a phase changed comes from git: in status, events, report, and after a rebuild', async () => {
  const handle = await stack.start('two', WORK, {}, { repoAccess: 'write' });
  const status = await untilGate(stack, handle);
  const expected = {
    files: [
      { path: 'kept.txt', status: 'modified', added: 1, removed: 1 },
      { path: 'src/new.ts', status: 'added', added: 2, removed: 0 },
    ],
    total: { files: 2, added: 3, removed: 1 },
  };
  assert.deepEqual(status.phases[0]?.changes, expected);
  assert.equal(status.phases[1]?.changes, null);
  await handle.signal('approve');
  const { events, report, temporal } = await ended(stack, handle);
  assert.equal(temporal, 'COMPLETED');
  const committed = events.filter(({ type }) => type === 'changes_committed');
  assert.deepEqual(
    committed.map(({ payload }) => payload.changes),
    [expected],
  );
  assert.deepEqual(
    events.filter(({ type }) => type === 'phase_completed').map(({ payload }) => payload.changed),
    [expected.total, { files: 0, added: 0, removed: 0 }],
  );
  assert.deepEqual(report.changes, expected);
  await verified(stack, report.runId);

  const sql = (text: string) => stack.mirror.pool.query(text, [report.runId]);
  await sql(`DELETE FROM run_events WHERE run_id = $1::uuid AND type = 'changes_committed'`);
  const { after: rebuilt } = await rebuildRun(stack.client, stack.mirror, report.runId, stack.config.workspaceRoot);
  assert.deepEqual(rebuilt.findings, []);
  const again = (await stack.mirror.readEvents(report.runId)).filter(({ type }) => type === 'changes_committed');
  assert.deepEqual(
    again.map(({ payload }) => payload.changes),
    [expected],
  );

  await sql(
    `UPDATE run_events SET payload = jsonb_set(payload, '{changes,total,added}', '999') WHERE run_id = $1::uuid AND type = 'changes_committed'`,
  );
  const { findings } = (await rebuildRun(stack.client, stack.mirror, report.runId, stack.config.workspaceRoot)).after;
  assert.match(
    JSON.stringify(findings),
    /changes_committed of phase code, does not have the changes that history has: \+3 −1 in 2 files/,
  );
});
