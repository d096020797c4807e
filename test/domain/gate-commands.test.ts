import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  clientCommand,
  offeredDecisions,
  temporalCommand,
  type OfferedDecision,
} from '../../src/domain/gate-view/gate-commands.js';
import { consequences, rulesLines } from '../../src/domain/gate-view/gate-rules-text.js';
import type { OpenGate, RunStatus } from '../../src/domain/run-status.js';
import { anyText } from '../support/any-text.js';
import { statusWith } from './support/shown-texts.js';

const status = (gate: Partial<OpenGate>, more: Partial<RunStatus> = {}): RunStatus => {
  const base = statusWith('design');
  const open: OpenGate = {
    ...base.openGates[0]!,
    gate: 'lead',
    approvers: null,
    approvedBy: [],
    required: 1,
    onTimeout: 'wait',
    escalateTo: [],
    ...gate,
  };
  const phases = base.phases.map((phase) => ({ ...phase, persona: 'architect' }));
  return { ...base, startedBy: null, phases, openGates: [open], ...more };
};
const offered = (of: RunStatus): OfferedDecision[] => offeredDecisions(of.openGates[0]!, of);
const byOf = (of: RunStatus): unknown[] => offered(of).map(({ payload }) => payload.by ?? null);

test('a decision names a person only where the gate needs one, and then somebody who may decide', () => {
  const sha = 'a'.repeat(64);
  assert.deepEqual(
    offered(status({})).map(({ action, payload }) => [action, payload]),
    [
      ['approve', { artifactSha256: sha }],
      ['requestChanges', { comment: 'SAY WHAT IS TO CHANGE' }],
      ['reject', {}],
    ],
  );
  assert.deepEqual(byOf(status({ approvers: ['ann', 'bob'] })), ['ann', 'ann', 'ann']);
  assert.deepEqual(byOf(status({ approvers: ['ann', 'bob'], approvedBy: ['Ann '], required: 2 })), [
    'bob',
    'ann',
    'ann',
  ]);
  const own = { approvers: ['ann', 'bob'], separateStarter: true };
  assert.deepEqual(byOf(status(own, { startedBy: 'ANN' })), ['bob', 'ann', 'ann']);
  assert.deepEqual(byOf(status({ approvers: ['architect', 'bob'] })), ['bob', 'bob', 'bob']);
});

test('at the gate of a spent budget, and where all revisions are used, no changes can be asked for', () => {
  const actions = (of: RunStatus): string[] => offered(of).map(({ action }) => action);
  assert.deepEqual(actions(status({ artifact: null })), ['approve', 'reject']);
  const used = status({});
  assert.deepEqual(actions({ ...used, phases: used.phases.map((one) => ({ ...one, revisions: 3 })) }), [
    'approve',
    'reject',
  ]);
});

test('whatever a name has in it, a shell gives the command its words unharmed', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 60 }), anyText({ maxLength: 20 }), (name, workflowId) => {
      const payload = { by: name, comment: `it's ${name}` };
      const decision: OfferedDecision = { action: 'reject', payload, byUser: false };
      const words = wordsOf(temporalCommand(workflowId, decision));
      assert.deepEqual(JSON.parse(words.at(-1) ?? ''), payload);
      assert.equal(words.length, 9);
      assert.match(temporalCommand(workflowId, decision), /^[^\n\p{Cf}\u2028\u2029]*$/u);
      const shown = clientCommand('w', decision);
      if (!/[\u0000]/.test(name)) assert.equal(wordsOf(shown).at(-3), name);
    }),
    { numRuns: 60 },
  );
});

test('where the gate must know who decides and names nobody, it is the user of the terminal', () => {
  const [approve] = offered(status({ required: 2 }));
  const user = execFileSync('whoami', { encoding: 'utf8' }).trim();
  const words = wordsOf(temporalCommand('w', approve!));
  assert.deepEqual(JSON.parse(words.at(-1) ?? ''), { by: user, artifactSha256: 'a'.repeat(64) });
  assert.deepEqual(wordsOf(clientCommand('w', approve!)).slice(5, 8), ['w', '--by', user]);
});

test('a gate says who has decided, who may, how many are needed, until when, and what follows', () => {
  const lines = (of: RunStatus): string[] => rulesLines(of.openGates[0]!, of);
  assert.deepEqual(lines(status({})), ['Anybody may approve.']);
  assert.deepEqual(
    lines(
      status(
        {
          approvers: ['ann', 'bob', 'eve'],
          approvedBy: ['ann'],
          required: 2,
          separateStarter: true,
          expiresAt: '2026-12-01T10:00:00.000Z',
          onTimeout: 'escalate',
          escalateTo: ['dan'],
        },
        { startedBy: 'eve' },
      ),
    ),
    [
      '1 of 2 approvals, by ann.',
      'May still approve: bob, but not eve, who started the run.',
      'Until 2026-12-01T10:00:00.000Z; then dan may decide as well.',
    ],
  );
  const last = status({});
  assert.equal(
    consequences(last.openGates[0]!, last),
    'Approved: the run completes. Rejected: the run ends as failed.',
  );
});

/** The words that a POSIX shell makes of a command. */
function wordsOf(command: string): string[] {
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
}
