import type { Report } from '../../../src/domain/record/report.js';
import type { RunStatus } from '../../../src/domain/run-status.js';
import { noUsage } from '../../../src/domain/money/usage.js';
import { escapeMarkdown } from '../../../src/domain/text/markdown.js';

const AT = '2026-11-25T10:00:00.000Z';

/** A report in which every text that people, agents, repositories and providers write is this one. */
export function reportWith(text: string): Report {
  return {
    runId: 'r',
    workflowId: text,
    status: 'failed',
    error: { code: 'stalled', message: text },
    template: { name: text, version: text, hash: 'abc' },
    objective: text,
    repository: { path: text, baseBranch: text, baseCommit: 'c0ffee', branch: text },
    startedAt: AT,
    endedAt: AT,
    durationMs: 0,
    phases: [
      {
        key: text,
        state: 'failed',
        round: 2,
        attempts: 1,
        startedAt: AT,
        endedAt: AT,
        durationMs: 1,
        persona: text,
        reason: text,
      },
    ],
    artifacts: [
      {
        phaseKey: text,
        round: 2,
        attempt: 1,
        path: text,
        schemaId: text,
        sha256: 'a'.repeat(64),
        bytes: 1,
        valid: false,
        reason: text,
      },
    ],
    rounds: [
      { type: 'sent_back', phaseKey: text, to: text, gate: text, round: 2, why: text, by: text, ts: AT },
      { type: 'approval_voided', phaseKey: text, to: text, gate: text, round: 1, why: text, by: text, ts: AT },
    ],
    fallbacks: [{ phaseKey: text, from: text, to: text, code: text, ts: AT }],
    commits: [{ phaseKey: text, sha: 'c'.repeat(40), subject: text, filesChanged: 1, insertions: 1, deletions: 1 }],
    checks: [
      {
        ...{ phaseKey: text, round: 1, attempt: 1, kind: 'check', name: text, expect: 'fail', outcome: 'failed' },
        ...{ end: 'exited', exitCode: 1, durationMs: 1, outputSha256: 'a', sandbox: 'none' },
      },
    ],
    commands: {
      source: { kind: 'none', note: text },
      sandbox: 'bwrap',
      setup: [{ run: text, network: [text], timeoutMs: 1 }],
      protect: [text],
      env: [text],
      warnings: [text],
    },
    changes: {
      files: [{ path: text, status: 'renamed', from: text, added: 3, removed: null }],
      total: { files: 2, added: 3, removed: 0 },
    },
    totals: {
      calls: 1,
      inputTokens: 1,
      outputTokens: 1,
      cachedTokens: 0,
      reasoningTokens: 0,
      unpricedCalls: 1,
      costUsd: null,
      reservedUsd: 0,
      budgetUsd: null,
      budgetTokens: null,
    },
    ignoredMessages: 1,
    unresolved: [{ kind: 'open_gate', phaseKey: text, text }],
    events: [{ seq: 1, type: text, phaseKey: text, ts: AT }],
  };
}

/** A run's status, likewise; only names of phases and gates, whose spelling schemas restrict, are sound. */
export function statusWith(text: string): RunStatus {
  const artifact = { phaseKey: 'design', path: text, schemaId: text, sha256: 'a'.repeat(64), bytes: 2 };
  return {
    run: { runId: 'r', workflowId: text, executionRunId: 'r' },
    state: 'executing',
    template: text,
    startedBy: text,
    branch: text,
    phases: [
      {
        key: text,
        role: text,
        persona: text,
        fallback: text,
        state: 'awaiting_approval',
        attempts: 1,
        startedAt: null,
        endedAt: null,
        artifact,
        proof: {
          checks: [{ name: text, outcome: 'failed', expect: 'pass', end: 'exited', exitCode: 1, durationMs: 1 }],
          protectedChanged: [text],
          mayChange: true,
        },
        changes: {
          files: [{ path: text, status: 'renamed', from: text, added: 3, removed: null }],
          total: { files: 1, added: 3, removed: 0 },
        },
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
        gate: text,
        requestId: 'q',
        artifact,
        openedAt: AT,
        expiresAt: null,
        approvers: [text, text],
        required: 2,
        separateStarter: false,
        approvedBy: [text],
        note: text,
        view: { headline: text, markdown: escapeMarkdown(text) },
        onTimeout: 'escalate',
        escalateTo: [text],
      },
    ],
    commits: [{ phaseKey: text, sha: 'c'.repeat(40), subject: text, filesChanged: 1, insertions: 1, deletions: 1 }],
    kept: [{ phase: text, ref: text }],
    usage: noUsage(),
    budget: { tokens: null, microUsd: null },
    ignoredTotal: 0,
    ignored: [{ name: text, reason: text, at: AT }],
    failure: { code: 'stalled', message: text },
    waitsFor: { kind: 'parked', phase: text, code: text, message: text },
  };
}
