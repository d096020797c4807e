import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RunStatus } from '../../src/domain/run-status.js';
import { noUsage } from '../../src/domain/money/usage.js';
import { MAX_DETAILS_BYTES, renderDetails } from '../../src/workflows/details/current-details.js';
import { anyText } from '../support/any-text.js';

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
  startedBy: null,
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
      proof: null,
      fallback: null,
      changes: null,
      round: 1,
      sentBack: 0,
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
      note: null,
      view: null,
      onTimeout: 'wait',
      escalateTo: [],
    },
  ],
  commits: [],
  kept: [],
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
  assert.match(
    text,
    /temporal workflow signal --name approve --workflow-id 'feature 1' --input '\{"artifactSha256":"a{64}"\}'\n/,
  );
  assert.match(
    text,
    /\| design\u00a0\u00a0 \| awaiting_approval\u00a0\u00a0 \| 1\u00a0\u00a0 \| architect\u00a0\u00a0 \| \u00a0\u00a0 \| `design.json` \|/,
  );
});

test('what a phase changed is shown in its row, and at its gate with the first files', () => {
  const [phase] = status().phases;
  const files = Array.from({ length: 22 }, (_, n) => ({
    path: n === 0 ? 'new\nline `x`' : `src/${n}.ts`,
    status: 'modified' as const,
    added: n === 1 ? null : 1,
    removed: n === 1 ? null : 2,
  }));
  const changes = { files, total: { files: 30, added: 12, removed: 3 } };
  const text = renderDetails(status({ phases: [{ ...phase!, changes }] }));
  assert.match(text, /architect\u00a0\u00a0 \| \+12 −3 in 30 files\u00a0\u00a0 \| `design.json` \|/);
  assert.match(
    text,
    /\nChanged: \+12 −3 in 30 files: `modified "new\\nline 'x'" \+1 −2`, `modified src\/1\.ts not counted/,
  );
  assert.match(text, /`modified src\/19\.ts \+1 −2` and 10 more\n/);
  const none = { files: [], total: { files: 0, added: 0, removed: 0 } };
  assert.match(renderDetails(status({ phases: [{ ...phase!, changes: none }] })), /\nChanged: no file changed\n/);
});

test('with two open gates the command names its gate', () => {
  const [gate] = status().openGates;
  const text = renderDetails(status({ openGates: [gate!, { ...gate!, gate: 'security' }] }));
  assert.match(
    text,
    /--name approve --workflow-id 'feature 1' --input '\{"phase":"design","gate":"security","artifactSha256":"a{64}"\}'/,
  );
});

test('whatever people and agents write, the details stay below 20 kB and nothing of it is live', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 3_000 }), fc.integer({ min: 1, max: 300 }), (text, count) => {
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

test('at a gate stand the checks, before them what is protected, and otherwise that nothing was run', () => {
  const [phase] = status().phases;
  const check = { name: 'test', expect: 'pass', end: 'exited', exitCode: 0, durationMs: 12_300 } as const;
  const checks = [
    { ...check, outcome: 'passed' as const },
    { ...check, name: 'types', outcome: 'already_failing' as const, exitCode: 2 },
  ];
  const proof = { checks, protectedChanged: ['package.json'], mayChange: true };
  const text = renderDetails(status({ phases: [{ ...phase!, proof }] }));
  assert.match(
    text,
    /\*\*Protected files were changed\*\*: `package\.json`\n(?:[^]*\n)?Checks: test ✓ 12\.3 s · types ✗ exit 2 \\\(already failing\\\)\n/,
  );
  const nothing = { checks: [], protectedChanged: [], mayChange: true };
  assert.match(
    renderDetails(status({ phases: [{ ...phase!, proof: nothing }] })),
    /\nChecks: \*\*nothing was run\*\*\n/,
  );
  const reader = { ...nothing, mayChange: false };
  assert.doesNotMatch(renderDetails(status({ phases: [{ ...phase!, proof: reader }] })), /Checks/);
});
