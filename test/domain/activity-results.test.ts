import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPhaseOutcome, isPlan } from '../../src/domain/activity-results.js';
import { noUsage } from '../../src/domain/money/usage.js';

const plan = {
  template: { name: 't', version: '1', hash: 'h' },
  phases: [
    {
      key: 'a',
      index: 0,
      role: 'r',
      instructions: '',
      artifact: { path: 'artifacts/a.json', schemaId: 's' },
      gates: [],
      timeoutMs: 1,
      attempts: 2,
      patienceMs: 1,
      maxModelCalls: 1,
    },
  ],
  bindings: [{ role: 'r', persona: { name: 'p' }, personaHash: '', bindingHash: '' }],
  schemas: {},
  prices: {},
  repository: {},
  requirements: {},
  inputHash: '',
  budget: { microUsd: null, tokens: null },
};
const outcome = {
  artifact: { phaseKey: 'a', path: 'p', schemaId: 's', sha256: 'x', bytes: 1 },
  attempts: 1,
  usage: noUsage(),
  commit: null,
};

test('the results of the activities are recognised', () => {
  assert.ok(isPlan(plan));
  assert.ok(isPhaseOutcome(outcome));
});

test('whatever a person completes an activity with is told apart, without throwing', () => {
  fc.assert(fc.property(fc.anything(), (value) => !isPlan(value) && !isPhaseOutcome(value)));
  for (const key of Object.keys(outcome)) {
    fc.assert(
      fc.property(
        fc.constantFrom<unknown>(undefined, 7, 'x', [], true),
        (value) => !isPhaseOutcome({ ...outcome, [key]: value }) || (key === 'attempts' && value === 7),
      ),
    );
  }
  assert.ok(!isPlan({ ...plan, phases: [7] }));
  assert.ok(!isPlan({ ...plan, bindings: [{}] }));
});
