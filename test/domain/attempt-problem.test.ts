import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  eventOf,
  exhaustedCode,
  fingerprint,
  repairPrompt,
  type AttemptProblem,
} from '../../src/domain/attempt-problem.js';

const problem = (reason: AttemptProblem['reason'], errors: AttemptProblem['errors'] = []): AttemptProblem => ({
  reason,
  message: `because of ${reason}`,
  errors,
});

test('S12: what was never written and what was written wrong have their own events and codes', () => {
  for (const reason of [
    'time_up',
    'ended_without_writing',
    'written_elsewhere',
    'left_over',
    'output_truncated',
  ] as const) {
    assert.equal(eventOf(problem(reason)), 'artifact_timeout');
    assert.equal(exhaustedCode(problem(reason)), 'artifact_timeout_exhausted');
  }
  for (const reason of ['not_json', 'schema', 'duplicate_key', 'too_large', 'empty'] as const) {
    assert.equal(eventOf(problem(reason)), 'artifact_invalid');
    assert.equal(exhaustedCode(problem(reason)), 'artifact_invalid_after_repair');
  }
});

test('S12: the next attempt is told what was wrong, where, and what was found', () => {
  const errors = [{ pointer: '/tasks/0/id', expected: 'must be string', found: '7' }];
  const text = repairPrompt(problem('schema', errors), 'artifacts/plan.json', 2, 3);
  assert.match(text, /Attempt 1 did not leave a valid artifact: because of schema/);
  assert.match(text, /- \/tasks\/0\/id: must be string; found 7/);
  assert.match(text, /attempt 2 of 3/);
  assert.match(text, /artifacts\/plan\.json/);
});

test('each class of failure has a message of its own', () => {
  const reasons = [
    'time_up',
    'ended_without_writing',
    'written_elsewhere',
    'left_over',
    'output_truncated',
    'duplicate_key',
    'non_finite_number',
    'trailing_text',
    'not_utf8',
  ] as const;
  const advice = new Set(reasons.map((reason) => repairPrompt({ ...problem(reason), message: '' }, 'p', 2, 2)));
  assert.equal(advice.size, reasons.length);
});

test('the same failure again has the same fingerprint, whatever value was found', () => {
  const at = (pointer: string, found: string) =>
    fingerprint(problem('schema', [{ pointer, expected: 'must be string', found }]));
  assert.equal(at('/a', '1'), at('/a', '2'));
  assert.notEqual(at('/a', '1'), at('/b', '1'));
  assert.notEqual(fingerprint(problem('not_json')), fingerprint(problem('time_up')));
});
