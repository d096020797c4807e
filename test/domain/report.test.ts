import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReportFacts } from '../../src/domain/record/report-facts.js';
import { buildReport } from '../../src/domain/record/report.js';
import { reportMarkdown } from '../../src/domain/record/report-markdown.js';
import { money } from '../../src/domain/money/amount.js';
import { noUsage } from '../../src/domain/money/usage.js';

const facts: ReportFacts = {
  run: {
    runId: 'r',
    workflowId: 'feature-1',
    executionRunId: 'r',
    state: 'failed',
    templateName: 'feature',
    templateVersion: '1',
    templateHash: 'abc',
    repoPath: '/repo',
    baseBranch: 'main',
    baseCommit: 'c0ffee',
    branch: 'phasegate/feature-1',
    budgetMicroUsd: money(5_000_000),
    budgetTokens: null,
    costMicroUsd: money(1_234_000),
    errorCode: 'artifact_invalid_after_repair',
    errorMessage: 'm',
    eventCount: 2,
    createdAt: '2026-11-25T10:00:00.000Z',
    startedAt: '2026-11-25T10:00:01.000Z',
    endedAt: '2026-11-25T10:05:01.000Z',
  },
  objective: null,
  commands: null,
  checks: [],
  phases: [
    {
      key: 'design',
      index: 0,
      role: 'architect',
      state: 'failed',
      attempts: 2,
      round: 1,
      startedAt: '2026-11-25T10:00:01.000Z',
      endedAt: '2026-11-25T10:05:01.000Z',
      errorCode: 'artifact_invalid_after_repair',
      reason: 'bad | `x`',
    },
    {
      key: 'plan',
      index: 1,
      role: 'planner',
      state: 'skipped',
      attempts: 0,
      round: 1,
      startedAt: null,
      endedAt: null,
      errorCode: null,
      reason: null,
    },
  ],
  artifacts: [
    {
      phaseKey: 'design',
      occurrence: 'o',
      round: 1,
      attempt: 1,
      path: 'artifacts/design.json',
      schemaId: 'urn:x:design',
      sha256: 'a'.repeat(64),
      bytes: 10,
      valid: false,
      reason: 'schema',
      errors: [],
      createdAt: '2026-11-25T10:01:00.000Z',
    },
  ],
  events: [{ seq: 1, type: 'run_created', phaseKey: null, payload: {}, ts: '2026-11-25T10:00:00.000Z' }],
  ignoredMessages: 0,
  rounds: [],
  fallbacks: [
    {
      phaseKey: 'plan',
      from: 'openai/m',
      to: 'local/n',
      code: 'model_quota_exhausted',
      ts: '2026-11-25T10:03:00.000Z',
    },
  ],
  openApprovals: [
    { requestId: 'q', phaseKey: 'design', gate: 'lead', artifactSha256: null, requestedAt: '2026-11-25T10:02:00.000Z' },
  ],
  usage: { ...noUsage(), calls: 3, costMicroUsd: money(1_234_000), unpricedCalls: 1 },
  deliveries: [],
  bindings: [
    {
      role: 'architect',
      persona: 'architect',
      personaVersion: '1',
      personaHash: 'h',
      backend: 'openai',
      model: 'm',
      bindingHash: 'b',
    },
  ],
};
const ending = {
  state: 'failed',
  error: { code: 'artifact_invalid_after_repair', message: '<script>alert(1)</script>' },
} as const;
const report = buildReport(facts, ending, { commits: [], uncommittedFiles: 2 }, '2026-11-25T10:05:01.000Z');

test('S27: the report has the run, its phases with times and attempts, artifacts with hashes, events, totals and the error', () => {
  assert.equal(report.status, 'failed');
  assert.equal(report.template.hash, 'abc');
  assert.equal(report.durationMs, 300_000);
  assert.deepEqual(
    report.phases.map(({ key, attempts, durationMs, persona }) => [key, attempts, durationMs, persona]),
    [
      ['design', 2, 300_000, 'architect'],
      ['plan', 0, null, null],
    ],
  );
  assert.equal(report.artifacts[0]?.sha256, 'a'.repeat(64));
  assert.equal(report.totals.costUsd, 1.234);
  assert.equal(report.error?.code, 'artifact_invalid_after_repair');
});

test('S27: the report lists what is unresolved', () => {
  assert.deepEqual(
    report.unresolved.map(({ kind }) => kind),
    ['open_gate', 'invalid_artifact', 'unpriced_calls', 'uncommitted_changes'],
  );
  const valid = { ...facts.artifacts[0]!, attempt: 2, valid: true, reason: null };
  const settled = buildReport(
    { ...facts, artifacts: [...facts.artifacts, valid], openApprovals: [], usage: noUsage() },
    ending,
    { commits: [], uncommittedFiles: 0 },
    '2026-11-25T10:05:01.000Z',
  );
  assert.deepEqual(settled.unresolved, []);
});

test('the Markdown shows it, with nothing of anybody else live in it', () => {
  const text = reportMarkdown(report);
  assert.match(text, /^# Run feature-1: failed/);
  assert.match(text, /\| design \| failed \| 2 \| 5 min 0 s \|/);
  assert.match(text, /\| plan \| `openai\/m` \| `local\/n` \| `model_quota_exhausted` \|/);
  assert.doesNotMatch(text, /<script>/);
  assert.match(text, /bad \\\| \\`x\\`/);
});
