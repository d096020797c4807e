import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RunStatus } from '../../src/domain/run-status.js';
import { noUsage } from '../../src/domain/money/usage.js';
import { MAX_DETAILS_BYTES, renderDetails } from '../../src/workflows/current-details.js';

const artifact = {
  phaseKey: 'design',
  path: 'artifacts/design.json',
  schemaId: 'urn:x:design',
  sha256: 'a'.repeat(64),
  bytes: 2,
};
const status = (more: Partial<RunStatus> = {}): RunStatus => ({
  run: { runId: 'r', workflowId: 'feature 1', executionRunId: 'r' },
  state: 'executing',
  template: 'feature@1',
  branch: 'phasegate/feature-1',
  phases: [
    {
      key: 'design',
      role: 'architect',
      persona: 'architect',
      state: 'awaiting_approval',
      attempts: 1,
      startedAt: null,
      endedAt: null,
      artifact,
      revisions: 0,
      maxRevisions: 3,
      maySkip: false,
      usage: noUsage(),
    },
  ],
  openGates: [
    {
      phase: 'design',
      gate: 'lead',
      requestId: 'q',
      artifact,
      openedAt: '2026-11-25T10:00:00.000Z',
      expiresAt: null,
      approvers: null,
      required: 1,
      separateStarter: false,
      approvedBy: [],
    },
  ],
  commits: [],
  usage: noUsage(),
  budget: { tokens: null, microUsd: null },
  ignoredTotal: 0,
  ignored: [],
  failure: null,
  waitsFor: null,
  ...more,
});

test('the details have the very command that approves the open gate', () => {
  const text = renderDetails(status());
  assert.match(text, /temporal workflow signal --name approve --workflow-id 'feature 1'\n/);
  assert.match(
    text,
    /\| design\u00a0\u00a0 \| awaiting_approval\u00a0\u00a0 \| 1\u00a0\u00a0 \| architect\u00a0\u00a0 \| `design.json` \|/,
  );
});

test('with two open gates the command names its gate', () => {
  const [gate] = status().openGates;
  const text = renderDetails(status({ openGates: [gate!, { ...gate!, gate: 'security' }] }));
  assert.match(text, /--name approve --workflow-id 'feature 1' --input '\{"phase":"design","gate":"security"\}'/);
});

test('whatever people and agents write, the details stay below 20 kB and nothing of it is live', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.integer({ min: 1, max: 300 }), (text, count) => {
      const [phase] = status().phases;
      const many = Array.from({ length: count }, () => ({ ...phase!, persona: text.slice(0, 200) }));
      const shown = renderDetails(
        status({
          phases: many,
          ignored: Array.from({ length: 10 }, () => ({ name: text, reason: text, at: '' })),
          failure: { code: 'stalled', message: `<img src=x> ${text}` },
        }),
      );
      assert.ok(Buffer.byteLength(shown) <= MAX_DETAILS_BYTES);
      assert.doesNotMatch(shown.replace(/\\[\s\S]/g, ''), /<img/);
    }),
    { numRuns: 50 },
  );
});
