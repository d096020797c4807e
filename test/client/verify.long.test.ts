import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rebuildRun } from '../../src/upkeep/rebuild-run.js';
import { compareRun } from '../../src/upkeep/compare-run.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { verified } from '../support/verified.js';
import { clientOf } from './support.js';
import { invalidArtifacts } from '../support/invalid-artifacts.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'], attempts: 3 }, { key: 'plan' }]);
});
after(() => stack.stop());

const INVALID = invalidArtifacts(1);
const CHANGE = { tools: [{ name: 'write_file', args: { path: 'repo/new.txt', content: 'x\n' } }] };

/** A run with a repaired attempt, a commit, an ignored decision and an approval. */
async function eventfulRun(): Promise<string> {
  const handle = await stack.start('gated', [INVALID, CHANGE], {}, { repoAccess: 'write' });
  await untilGate(stack, handle);
  await handle.signal('aprove');
  await handle.signal('approve', { by: 'ann' });
  return (await ended(stack, handle)).report.runId;
}

/** What may happen to the rows of a run, what the comparison says of it, and what a rebuild can't make again. */
const DAMAGES: { what: string; sql: string[]; kinds: string[]; left?: string[] }[] = [
  {
    what: 'an event is deleted',
    sql: [`DELETE FROM run_events WHERE run_id = $1 AND type = 'phase_completed' AND phase_key = 'design'`],
    kinds: ['event_missing', 'seq_gap', 'table_differs'],
  },
  {
    what: 'the last event is deleted',
    sql: [`DELETE FROM run_events WHERE run_id = $1 AND type = 'run_completed'`],
    kinds: ['event_missing', 'seq_gap', 'table_differs'],
  },
  {
    what: 'events of the phase itself are deleted',
    sql: [`DELETE FROM run_events WHERE run_id = $1 AND type IN ('artifact_validated', 'changes_committed')`],
    kinds: ['event_missing', 'seq_gap', 'table_differs'],
  },
  {
    what: 'what an attempt got wrong is deleted',
    sql: [`DELETE FROM run_events WHERE run_id = $1 AND type IN ('artifact_invalid', 'prompt_repaired')`],
    kinds: ['event_missing', 'seq_gap'],
    left: ['event_missing'],
  },
  {
    what: 'an event is changed',
    sql: [`UPDATE run_events SET payload = '{"by": "eve"}' WHERE run_id = $1 AND type = 'approval_resolved'`],
    kinds: ['event_differs', 'table_differs'],
  },
  {
    what: 'two events change places',
    sql: [
      `UPDATE run_events SET seq = 1000 WHERE run_id = $1 AND seq = 1`,
      `UPDATE run_events SET seq = 1 WHERE run_id = $1 AND seq = 2`,
      `UPDATE run_events SET seq = 2 WHERE run_id = $1 AND seq = 1000`,
    ],
    kinds: ['event_order'],
  },
  {
    what: 'an event is added that nobody sent',
    sql: [
      `INSERT INTO run_events (run_id, seq, type, payload, idempotency_key, ts) SELECT $1, event_seq + 1, 'run_resumed', '{}', 'run_resumed:forged', now() FROM runs WHERE id = $1`,
    ],
    kinds: ['event_unaccounted', 'seq_gap', 'table_differs'],
    left: ['event_unaccounted', 'state_differs'],
  },
  {
    what: 'a state is changed',
    sql: [`UPDATE runs SET state = 'executing' WHERE id = $1`],
    kinds: ['state_differs', 'table_differs'],
  },
  {
    what: 'a phase is changed',
    sql: [`UPDATE run_phases SET state = 'failed', attempts = 9 WHERE run_id = $1`],
    kinds: ['table_differs'],
  },
  { what: 'phases are deleted', sql: [`DELETE FROM run_phases WHERE run_id = $1`], kinds: ['table_differs'] },
  {
    what: 'a decision is changed',
    sql: [`UPDATE approval_decisions SET claimed_by = 'eve' WHERE run_id = $1`],
    kinds: ['table_differs'],
  },
  { what: 'artifacts are deleted', sql: [`DELETE FROM artifacts WHERE run_id = $1`], kinds: ['artifact_missing'] },
  {
    what: 'the bytes of an artifact are changed',
    sql: [`UPDATE artifacts SET raw = '\\x00' WHERE run_id = $1 AND valid`],
    kinds: ['artifact_damaged'],
    left: ['artifact_damaged'],
  },
  {
    what: 'model calls are deleted',
    sql: [`DELETE FROM llm_calls WHERE run_id = $1`],
    kinds: ['calls_missing'],
    left: ['calls_missing'],
  },
  {
    what: 'everything is deleted',
    sql: [`DELETE FROM runs WHERE id = $1`],
    kinds: ['run_missing'],
    left: ['calls_missing', 'event_missing', 'state_differs'],
  },
];

for (const { what, sql, kinds, left = [] } of DAMAGES) {
  test(`verify sees and rebuild mends: ${what}`, async () => {
    const runId = await eventfulRun();
    const { run, findings: none } = await compareRun(stack.client, stack.mirror, runId);
    assert.deepEqual(none, []);
    for (const statement of sql) assert.ok((await stack.mirror.pool.query(statement, [runId])).rowCount);
    const { findings } = await compareRun(stack.client, stack.mirror, run.workflowId);
    assert.deepEqual([...new Set(findings.map(({ kind }) => kind))].sort(), kinds, JSON.stringify(findings));
    const { done, after: mended } = await rebuildRun(
      stack.client,
      stack.mirror,
      run.workflowId,
      stack.config.workspaceRoot,
    );
    assert.ok(done.length > 0);
    assert.deepEqual(
      [...new Set(mended.findings.map(({ kind }) => kind))].sort(),
      left,
      JSON.stringify(mended.findings),
    );
    const again = await rebuildRun(stack.client, stack.mirror, run.workflowId, stack.config.workspaceRoot);
    assert.deepEqual(again.after.findings, mended.findings, 'again makes no difference');
  });
}

test('a run whose rows are lost while it waits is made again from history and its folder, and goes on', async () => {
  const handle = await stack.start('gated', [INVALID]);
  const { run } = await untilGate(stack, handle);
  await stack.mirror.pool.query('DELETE FROM runs WHERE id = $1', [run.runId]);
  const client = clientOf(stack);
  assert.equal((await client('verify', run.workflowId)).code, 1);
  const rebuilt = await client('rebuild', run.workflowId, '--json');
  // what the first attempt got wrong is told in no result and no file
  const { findings } = JSON.parse(rebuilt.stdout) as { findings: { kind: string }[] };
  assert.deepEqual(
    [...new Set(findings.map(({ kind }) => kind))].sort(),
    ['calls_missing', 'event_missing'],
    rebuilt.stderr,
  );
  await handle.signal('approve');
  await handle.result();
  assert.equal((await stack.mirror.findRun(run.runId))?.state, 'completed');
});

test('verify and rebuild: all well is exit 0, no such run is exit 3', async () => {
  const runId = await eventfulRun();
  const client = clientOf(stack);
  const verify = await client('verify', runId);
  assert.equal(verify.code, 0, verify.stderr);
  assert.match(verify.stdout, new RegExp(`the mirror agrees with history, ${await verified(stack, runId)} events`));
  assert.equal((await client('rebuild', runId)).code, 0);
  assert.equal((await client('verify', 'nobody')).code, 3);
});
