import assert from 'node:assert/strict';
import test from 'node:test';
import type { OpenGate, PhaseStatus, RunStatus } from '../../src/domain/run-status.js';
import { money } from '../../src/domain/money/amount.js';
import { noUsage } from '../../src/domain/money/usage.js';
import { asCalled } from '../../src/client/command-line/as-called.js';
import { failText, failureLines } from '../../src/client/command-line/output.js';
import { costText, progressLines, type LiveAttempt, type Look } from '../../src/client/look/run-progress.js';

const artifact = {
  phaseKey: 'design',
  path: 'artifacts/design.json',
  schemaId: 'design',
  sha256: 'ab'.repeat(32),
  bytes: 120,
};
const gate: OpenGate = {
  phase: 'design',
  gate: 'design-approval',
  requestId: 'r1',
  artifact,
  openedAt: '2026-11-25T10:00:00Z',
  expiresAt: null,
  approvers: null,
  required: 1,
  separateStarter: false,
  approvedBy: [],
  note: null,
  view: null,
  onTimeout: 'wait',
  escalateTo: [],
};

test('a run is told phase by phase: attempts, repairs, the gate, the cost; nothing twice', () => {
  const looks = [
    look('pending'),
    look('running', { live: live({ attempt: 1 }) }),
    look('running', { live: live({ checkoutMs: 2_000 }) }),
    look('running', { live: live({ checkoutMs: 7_000 }) }),
    look('running', { live: live({ checkoutMs: 59_000 }) }),
    look('running', { live: live({ checkoutMs: 61_000 }) }),
    look('running', { live: live({ attempt: 1, trouble: 'the provider answered 429' }) }),
    look('running', {
      live: live({ attempt: 2, repair: 'Attempt 1 did not leave a valid artifact: it is not JSON\n- more' }),
    }),
    look('awaiting_approval', { openGates: [gate] }),
    look('completed', { attempts: 2, artifact }),
  ];
  const told = looks.flatMap((now, index) => progressLines(looks[index - 1] ?? null, now));
  assert.deepEqual(
    told.map((line) => line.replace(/ +/g, ' ')),
    [
      'design running, attempt 1 (architect: ada)',
      'design checks out the files of the repository, 7 s so far',
      'design checks out the files of the repository, 61 s so far',
      'design tries again: the provider answered 429',
      'design attempt 2: Attempt 1 did not leave a valid artifact: it is not JSON',
      'design awaiting approval · 0 model calls, 0 tokens, cost $0.0000 so far',
      `design gate design-approval is open: artifacts/design.json (120 bytes, sha256 ${'ab'.repeat(6)}…)`,
      'design completed after 2 attempts: artifacts/design.json · 0 model calls, 0 tokens, cost $0.0000 so far',
    ],
  );
  for (const now of looks) assert.deepEqual(progressLines(now, now), []);
});

test('a completed phase tells what its checks found, and that nothing was run where nothing was', () => {
  const check = {
    name: 'test',
    outcome: 'passed',
    expect: 'pass',
    end: 'exited',
    exitCode: 0,
    durationMs: 400,
  } as const;
  const line = (proof: PhaseStatus['proof']) =>
    progressLines(look('running'), look('completed', { attempts: 1, artifact, proof }))
      .join()
      .replace(/ +/g, ' ');
  const said = (words: string) =>
    `design completed after 1 attempt: artifacts/design.json · ${words}0 model calls, 0 tokens, cost $0.0000 so far`;
  assert.equal(line({ checks: [check], protectedChanged: [], mayChange: true }), said('test ✓ 0.4 s · '));
  assert.equal(line({ checks: [], protectedChanged: [], mayChange: true }), said('nothing was run · '));
  assert.equal(line({ checks: [], protectedChanged: [], mayChange: false }), said(''));
});

test('a decision that was not applied is told with its reason, once', () => {
  const before = look('awaiting_approval', { openGates: [gate] });
  const now = look('awaiting_approval', { openGates: [gate] });
  now.status.ignored = [{ name: 'aprove', reason: 'there is no signal of this name', at: '2026-11-25T10:00:01Z' }];
  assert.deepEqual(progressLines(before, now), ['aprove was not applied: there is no signal of this name']);
  assert.deepEqual(progressLines(now, now), []);
});

test('S25 the cost counts the running phase, and says how many calls have no known price', () => {
  const now = look('running', {
    live: live({
      usage: {
        ...noUsage(),
        calls: 2,
        inputTokens: 900,
        outputTokens: 100,
        costMicroUsd: money(12_300),
        unpricedCalls: 1,
      },
    }),
  });
  now.status.usage = { ...noUsage(), calls: 1, inputTokens: 10, outputTokens: 5, costMicroUsd: money(100) };
  assert.equal(costText(now), '3 model calls, 1015 tokens, cost $0.0124 and 1 call of unknown price so far');
});

function live(more: Partial<LiveAttempt>): LiveAttempt {
  return { attempt: 1, repair: null, checkoutMs: null, trouble: null, usage: null, ...more };
}

function look(
  state: PhaseStatus['state'],
  more: Partial<PhaseStatus> & { live?: LiveAttempt; openGates?: OpenGate[] } = {},
): Look {
  const { live: attempt = null, openGates = [], ...phase } = more;
  const status: RunStatus = {
    run: { runId: 'run', workflowId: 'w', executionRunId: 'run' },
    state: 'executing',
    template: 'feature@1',
    startedBy: null,
    branch: null,
    phases: [
      {
        key: 'design',
        role: 'architect',
        persona: 'ada',
        state,
        attempts: 0,
        startedAt: null,
        endedAt: null,
        artifact: null,
        changes: null,
        round: 1,
        sentBack: 0,
        proof: null,
        fallback: null,
        revisions: 0,
        maxRevisions: 3,
        maySkip: false,
        usage: noUsage(),
        ...phase,
      },
    ],
    openGates,
    commits: [],
    kept: [],
    usage: noUsage(),
    budget: { microUsd: null, tokens: null },
    ignoredTotal: 0,
    ignored: [],
    failure: null,
    waitsFor: null,
  };
  return { status, live: attempt };
}

test('what agents and people wrote controls no terminal; work that is done again is told', () => {
  const evil = 'g\u001b[2Jb\u202e';
  const before = look('running', { live: live({ attempt: 1 }) });
  const ignored = [{ name: 'approve', reason: `gate ${evil} is not open`, at: '2026-11-25T10:00:00Z' }];
  const after = look('running', { live: live({ attempt: 2, repair: evil, trouble: evil }) });
  const told = progressLines(before, { ...after, status: { ...after.status, ignored } });
  assert.equal(told.length, 3);
  for (const line of [...told, failureLines('decision_refused', evil), failText(new Error(evil))])
    assert.doesNotMatch(line, /[\u001b\u202e]/, JSON.stringify(line));
  const revised = look('running', {});
  const again = progressLines(look('awaiting_approval', {}), {
    ...revised,
    status: { ...revised.status, phases: revised.status.phases.map((phase) => ({ ...phase, revisions: 1 })) },
  });
  assert.match(again[0] ?? '', /^design +works on it again: changes were requested$/);
});

test('hints name the command as it is called here', () => {
  assert.equal(asCalled('npm run client -- status w', true), 'npm run client -- status w');
  assert.equal(asCalled('Read: npm run client -- status w', false), 'Read: phasegate status w');
});
