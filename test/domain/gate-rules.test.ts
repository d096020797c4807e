import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neverApproved } from '../../src/domain/gate-rules.js';
import type { PlannedGate } from '../../src/domain/plan.js';
import { planGate } from '../../src/domain/template/plan-phases.js';

const gate = (more: Partial<PlannedGate>): PlannedGate => ({ ...planGate('lead'), ...more });

const ROWS: [what: string, gate: PlannedGate, starter: string | null, expected: RegExp | null][] = [
  ['anybody may', gate({}), null, null],
  ['the starter may not, and is known', gate({ separateStarter: true }), 'sam', null],
  ['the starter may not, and nobody says who that is', gate({ separateStarter: true }), null, /say who starts/],
  [
    'the starter may not, and has a name that nobody sees',
    gate({ separateStarter: true }),
    '\u200b ',
    /say who starts/,
  ],
  [
    'the starter is the only approver',
    gate({ approvers: ['Sam'], separateStarter: true }),
    'sam',
    /needs 1 approval.* only 0/,
  ],
  [
    'the starter is one of two who are needed',
    gate({ approvers: ['ann', 'SAM\u00a0'], required: 2, separateStarter: true }),
    'sam',
    /only 1/,
  ],
  ['enough are left', gate({ approvers: ['ann', 'bob', 'sam'], required: 2, separateStarter: true }), 'sam', null],
  ['an approver is a persona of the run', gate({ approvers: ['Architect'] }), null, /only 0/],
  ['it is escalated to somebody who may', gate({ approvers: ['architect'], escalateTo: ['eve'] }), null, null],
];

for (const [what, planned, starter, expected] of ROWS) {
  test(`S15: a gate that nobody can approve is found before the run begins: ${what}`, () => {
    const why = neverApproved(planned, starter, ['architect']);
    if (expected === null) assert.equal(why, null);
    else assert.match(why ?? '', expected);
  });
}
