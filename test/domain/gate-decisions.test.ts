import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DECISION_ACTIONS,
  judge,
  parseDecision,
  type Decision,
  type GateSituation,
} from '../../src/domain/gate-decisions.js';
import type { OpenGate } from '../../src/domain/run-status.js';

const gate = (phase: string, name: string, sha256 = 'a'.repeat(64)): OpenGate => ({
  phase,
  gate: name,
  requestId: `${phase}-${name}`,
  artifact: { phaseKey: phase, path: `artifacts/${phase}.json`, schemaId: 'urn:x:y', sha256, bytes: 2 },
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
});

const ruled = (more: Partial<OpenGate>) => situation([{ ...gate('design', 'lead'), ...more }], { startedBy: 'sam' });
const situation = (openGates: OpenGate[], more: Partial<GateSituation> = {}): GateSituation => ({
  openGates,
  decided: new Set(),
  oldDigests: new Set(['b'.repeat(64)]),
  startedBy: null,
  phases: [],
  revisionsLeft: 2,
  personas: new Set(['architect']),
  ended: false,
  ...more,
});

const one = situation([gate('design', 'lead')], { decided: new Set(['plan/lead']) });
const two = situation([gate('design', 'lead'), gate('design', 'security')]);
const none = situation([]);

const TABLE: [name: string, decision: Decision, GateSituation, expected: string][] = [
  ['no payload, one gate open', { action: 'approve' }, one, 'design/lead'],
  ['the gate named', { action: 'approve', phase: 'design', gate: 'lead' }, one, 'design/lead'],
  ['only the phase named', { action: 'reject', phase: 'design' }, one, 'design/lead'],
  ['the right artifact named', { action: 'approve', artifactSha256: 'a'.repeat(64) }, one, 'design/lead'],
  ['an older artifact named', { action: 'approve', artifactSha256: 'b'.repeat(64) }, one, 'stale_artifact'],
  ['another phase', { action: 'approve', phase: 'review' }, one, 'other_phase'],
  ['another gate', { action: 'approve', gate: 'security' }, one, 'other_gate'],
  ['decided before', { action: 'approve', phase: 'plan', gate: 'lead' }, one, 'already_decided'],
  ['two open, none named', { action: 'approve' }, two, 'ambiguous'],
  ['two open, one named', { action: 'approve', gate: 'security' }, two, 'design/security'],
  ['none open', { action: 'approve' }, none, 'no_open_gate'],
  ['a persona approves', { action: 'approve', by: 'architect' }, one, 'persona_may_not_decide'],
  ['abort with no gate open', { action: 'abort' }, none, 'run'],
  ['abort while two are open', { action: 'abort', by: 'ann' }, two, 'run'],
  ['abort of a gate that is not open', { action: 'abort', phase: 'review' }, one, 'other_phase'],
  ['an edited artifact named', { action: 'approve', artifactSha256: 'c'.repeat(64) }, one, 'design/lead'],
  ['an unknown artifact rejected', { action: 'reject', artifactSha256: 'c'.repeat(64) }, one, 'stale_artifact'],
  ['something that is not a digest', { action: 'approve', artifactSha256: 'yes' }, one, 'stale_artifact'],
  ['approvers named, nobody says who', { action: 'approve' }, ruled({ approvers: ['ann'] }), 'by_needed'],
  ['approvers named, a reject of nobody', { action: 'reject' }, ruled({ approvers: ['ann'] }), 'by_needed'],
  ['somebody else approves', { action: 'approve', by: 'bob' }, ruled({ approvers: ['ann'] }), 'not_an_approver'],
  ['an approver approves', { action: 'approve', by: 'ann' }, ruled({ approvers: ['ann'] }), 'design/lead'],
  [
    'two needed, the same again',
    { action: 'approve', by: 'ann' },
    ruled({ required: 2, approvedBy: ['ann'] }),
    'approved_by_same',
  ],
  [
    'two needed, another one',
    { action: 'approve', by: 'bob' },
    ruled({ required: 2, approvedBy: ['ann'] }),
    'design/lead',
  ],
  ['two needed, nobody says who', { action: 'approve' }, ruled({ required: 2 }), 'by_needed'],
  [
    'the starter approves',
    { action: 'approve', by: 'sam' },
    ruled({ separateStarter: true }),
    'starter_may_not_approve',
  ],
  ['the starter rejects', { action: 'reject', by: 'sam' }, ruled({ separateStarter: true }), 'design/lead'],
  [
    'an approver, written in another way',
    { action: 'approve', by: ' A\u200bNN\u00a0' },
    ruled({ approvers: ['Ann'] }),
    'design/lead',
  ],
  [
    'two needed, the same in another form',
    { action: 'approve', by: 'Jose\u0301' },
    ruled({ required: 2, approvedBy: ['jos\u00e9'] }),
    'approved_by_same',
  ],
  [
    'two needed, the same with a bidi mark',
    { action: 'approve', by: 'ann\u200f' },
    ruled({ required: 2, approvedBy: ['ann'] }),
    'approved_by_same',
  ],
  [
    'the starter approves in capitals',
    { action: 'approve', by: 'SAM' },
    ruled({ separateStarter: true }),
    'starter_may_not_approve',
  ],
  ['a persona approves in full width', { action: 'approve', by: '\uff21rchitect' }, one, 'persona_may_not_decide'],
  [
    'approvers named, a name that nobody sees',
    { action: 'approve', by: '\u200b ' },
    ruled({ approvers: ['ann'] }),
    'by_needed',
  ],
  ['two needed, a name that nobody sees', { action: 'approve', by: '\u3164' }, ruled({ required: 2 }), 'by_needed'],
  ['a name that nobody sees where none is needed', { action: 'approve', by: ' ' }, one, 'design/lead'],
  ['changes without a comment', { action: 'requestChanges', comment: ' ' }, one, 'comment_needed'],
  ['changes with a comment', { action: 'requestChanges', comment: 'shorter' }, one, 'design/lead'],
  [
    'changes once too often',
    { action: 'requestChanges', comment: 'shorter' },
    { ...one, revisionsLeft: 0 },
    'too_many_revisions',
  ],
  ['after the end', { action: 'abort' }, { ...one, ended: true }, 'run_ended'],
];

for (const [name, decision, where, expected] of TABLE) {
  test(`S15: ${name}: ${expected}`, () => {
    const verdict = judge(decision, where);
    assert.equal(
      verdict.applied ? (verdict.gate ? `${verdict.gate.phase}/${verdict.gate.gate}` : 'run') : verdict.reason,
      expected,
    );
  });
}

test('a payload of any shape is read without throwing', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.anything(), fc.jsonValue(), fc.record({ phase: fc.anything(), by: fc.string() })),
      (payload) => {
        const decision = parseDecision('approve', payload);
        if ('malformed' in decision) assert.ok(decision.malformed.length < 300);
        else assert.equal(decision.action, 'approve');
      },
    ),
  );
});

test('a payload that is not a decision is called malformed', () => {
  for (const [payload, message] of [
    ['yes', /found a string/],
    [7, /found a number/],
    [[{}], /found an array/],
    [{ pase: 'design' }, /unknown field "pase"/],
    [{ phase: 7 }, /phase must be a string/],
    [{ comment: 'x'.repeat(20_000) }, /comment is longer/],
  ] as const) {
    const decision = parseDecision('approve', payload);
    assert.ok('malformed' in decision && message.test(decision.malformed), JSON.stringify(payload));
  }
  assert.deepEqual(parseDecision('approve', { phase: 'design', by: null }), { action: 'approve', phase: 'design' });
});

test('a decision is only ever applied to a gate that is open and that it does not contradict', () => {
  const names = fc.constantFrom('design', 'plan', 'lead', 'security');
  const decisions = fc.record({
    action: fc.constantFrom(...DECISION_ACTIONS),
    phase: fc.option(names, { nil: undefined }),
    gate: fc.option(names, { nil: undefined }),
  });
  fc.assert(
    fc.property(
      decisions,
      fc.uniqueArray(fc.tuple(names, names), { selector: String, maxLength: 4 }),
      (decision, open) => {
        const openGates = open.map(([phase, name]) => gate(phase, name));
        const verdict = judge(decision, situation(openGates));
        if (!verdict.applied || !verdict.gate) return;
        assert.ok(openGates.includes(verdict.gate));
        assert.equal(verdict.gate.phase, decision.phase ?? verdict.gate.phase);
        assert.equal(verdict.gate.gate, decision.gate ?? verdict.gate.gate);
      },
    ),
  );
});
