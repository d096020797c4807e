import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesAtGate } from '../../src/domain/gate-view/changes-at-gate.js';
import type { Changes } from '../../src/domain/change/changes.js';
import type { RunStatus } from '../../src/domain/run-status.js';

test('a gate is also about what earlier phases changed, and not about later ones', () => {
  const changed = (files: number): Changes => ({ files: [], total: { files, added: 1, removed: 0 } });
  const phases = [
    { key: 'design', changes: null },
    { key: 'code', changes: changed(2) },
    { key: 'review', changes: changed(0) },
    { key: 'release', changes: changed(1) },
  ];
  const status = { phases } as unknown as RunStatus;
  assert.equal(changesAtGate('design', status), null);
  assert.deepEqual(
    changesAtGate('review', status)?.map(({ phase }) => phase),
    ['code'],
  );
  const nothing = { phases: phases.slice(2) } as unknown as RunStatus;
  assert.deepEqual(changesAtGate('review', nothing), []);
});
