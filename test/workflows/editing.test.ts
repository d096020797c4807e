import { cancel, coded, signal } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gate, plan } from './support/plans.js';
import { atGate } from './support/runs.js';

const EDITED = 'b'.repeat(64);
const APPROVE = { action: 'approve', by: 'ann', artifactSha256: EDITED };

/** A run at its gate that looks at an edited file, for an update and then for a signal. */
async function looking() {
  const run = await atGate(
    plan([{ key: 'design', gates: [gate('lead', { timeoutMs: 60_000, onTimeout: 'reject' })] }]),
  );
  await run.tell(run.decide('u', APPROVE));
  assert.deepEqual(run.pendingTypes, ['checkEditedArtifact']);
  return run.tell(signal('approve', { by: 'bob', artifactSha256: EDITED }));
}

test('an abort does not wait for a look at an edited file; those that wait for it are answered', async () => {
  const run = await looking();
  await run.tell(signal('abort', { by: 'eve' }));
  assert.equal(run.closed?.as, 'cancelled');
  assert.equal(run.unfinishedHandlers, 0);
  assert.deepEqual(run.updates.get('u'), { refused: 'the run has ended' });
  const ignored = run.events
    .filter(({ type }) => type === 'decision_ignored')
    .map(({ payload }) => [payload.by, payload.reason]);
  assert.deepEqual(ignored, [['bob', 'run_ended']]);
  assert.equal(run.eventTypes.at(-1), 'run_aborted', 'what was under way is answered before the end');
});

test('an abort of the gate by its name, or by update, does not wait either', async () => {
  const named = await looking();
  await named.tell(signal('abort', { by: 'eve', phase: 'design', gate: 'lead' }));
  assert.equal(named.closed?.as, 'cancelled');
  const update = await looking();
  await update.tell(update.decide('v', { action: 'abort', by: 'eve' }));
  assert.equal(update.closed?.as, 'cancelled');
  assert.deepEqual(update.updates.get('v'), { applied: true, message: 'abort is applied to the run' });
});

test('a cancel and an expiry end the look at an edited file, too: no handler is left unfinished', async () => {
  for (const end of ['cancel', 'expiry']) {
    const run = await looking();
    await run.tell(end === 'cancel' ? cancel() : run.fired('design/lead'));
    assert.equal(run.closed?.as, end === 'cancel' ? 'cancelled' : 'failed');
    assert.equal(run.unfinishedHandlers, 0);
    assert.match((run.updates.get('u') as { refused: string }).refused, /ended|closed/);
    assert.equal(run.events.filter(({ type }) => type === 'decision_ignored').length, 1);
  }
});

test('the first decision that counts wins: the look comes first, and later decisions are judged anew', async () => {
  const run = await looking();
  const artifact = { phaseKey: 'design', path: 'artifacts/design.json', schemaId: 'urn:x', sha256: EDITED, bytes: 3 };
  await run.tell(run.completed('checkEditedArtifact', { kind: 'valid', artifact }));
  assert.equal(run.closed?.as, 'completed');
  assert.deepEqual(run.updates.get('u'), { applied: true, message: 'approve is applied to gate lead of phase design' });
  assert.equal(run.status.phases[0]?.artifact?.sha256, EDITED);
  assert.equal(run.events.filter(({ type }) => type === 'decision_ignored').length, 1);
});

test('a look that fails says why', async () => {
  const run = await looking();
  await run.tell(run.failed('checkEditedArtifact', coded('workspace_failed')));
  assert.deepEqual(run.updates.get('u'), {
    refused: 'the edited file could not be looked at: it failed with workspace_failed',
  });
});
