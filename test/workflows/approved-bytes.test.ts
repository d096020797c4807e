import { signal } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gate, outcome, plan } from './support/plans.js';
import { atGate } from './support/runs.js';

const LEFT = 'a'.repeat(64);
const EDITED = 'b'.repeat(64);
const VALID = {
  kind: 'valid',
  artifact: { phaseKey: 'design', path: 'artifacts/design.json', schemaId: 'urn:x', sha256: EDITED, bytes: 3 },
};
const GATES = {
  'a gate that two people must approve': [gate('lead', { required: 2 })],
  'two gates': [gate('lead'), gate('security')],
};

for (const [what, gates] of Object.entries(GATES)) {
  const last = gates.at(-1)?.name;

  test(`${what}: all approvals are of the same bytes, and nobody edits behind one`, async () => {
    const run = await atGate(plan([{ key: 'design', gates }, { key: 'plan' }]));
    await run.tell(signal('approve', { by: 'ann', gate: 'lead', artifactSha256: LEFT }));
    await run.tell(signal('approve', { by: 'bob', gate: last, artifactSha256: EDITED }));
    assert.ok(!run.scheduled.some(({ type }) => type === 'checkEditedArtifact'));
    assert.equal(run.events.findLast(({ type }) => type === 'decision_ignored')?.payload.reason, 'edited_too_late');
    await run.tell(signal('requestChanges', { by: 'bob', gate: last, comment: 'as I edited it' }));
    assert.ok(run.pendingTypes.includes('executePhase'));
    await run.tell(run.completed('executePhase', outcome('design')));
    // what was approved before the revision counts no more
    await run.tell(signal('approve', { by: 'bob', gate: last, artifactSha256: EDITED }));
    assert.ok(run.pendingTypes.includes('checkEditedArtifact'));
  });

  test(`${what}: an edit before the first approval counts, and the others approve it`, async () => {
    const run = await atGate(plan([{ key: 'design', gates }, { key: 'plan' }]));
    await run.tell(signal('approve', { by: 'bob', gate: 'lead', artifactSha256: EDITED }));
    await run.tell(run.completed('checkEditedArtifact', VALID));
    await run.tell(signal('approve', { by: 'ann', gate: last, artifactSha256: EDITED }));
    assert.deepEqual(
      run.events.filter(({ type }) => type === 'approval_resolved').map(({ payload }) => payload.artifactSha256),
      [EDITED, EDITED],
    );
    assert.ok(run.pendingTypes.includes('executePhase'));
  });
}
