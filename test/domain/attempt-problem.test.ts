import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  eventOf,
  exhaustedCode,
  finalCode,
  fingerprint,
  repairPrompt,
  type AttemptProblem,
} from '../../src/domain/attempt-problem.js';

const problem = (reason: AttemptProblem['reason'], errors: AttemptProblem['errors'] = []): AttemptProblem => ({
  reason,
  message: `because of ${reason}`,
  errors,
});

test('S12: each problem has its event, its code, and may be final', () => {
  assert.deepEqual(shown('time_up'), ['artifact_timeout', null, 'artifact_timeout_exhausted']);
  assert.deepEqual(shown('missing'), ['artifact_missing', null, 'artifact_missing']);
  for (const reason of ['not_json', 'schema', 'duplicate_key', 'too_large', 'empty'] as const)
    assert.deepEqual(shown(reason), ['artifact_invalid', null, 'artifact_invalid_after_repair']);
  const slips = [
    'ended_without_writing',
    'empty_reply',
    'output_truncated',
    'bad_tool_arguments',
    'written_elsewhere',
  ] as const;
  for (const reason of slips) assert.deepEqual(shown(reason).slice(0, 2), ['artifact_missing', 'artifact_missing']);
  assert.deepEqual(shown('artifact_cut').slice(0, 2), ['artifact_missing', 'output_limit_reached']);
  assert.deepEqual(shown('same_call').slice(0, 2), ['artifact_missing', 'stalled']);
});

function shown(reason: AttemptProblem['reason']): unknown[] {
  const one = problem(reason);
  return [eventOf(one), finalCode(one), exhaustedCode(one)];
}

test('S12: the next attempt is told what was wrong, where, and what was found', () => {
  const errors = [{ pointer: '/tasks/0/id', expected: 'must be string', found: '7' }];
  const text = repairPrompt(problem('schema', errors), 'artifacts/plan.json', 2, 3);
  assert.match(text, /Attempt 1 did not leave a valid artifact: because of schema/);
  assert.match(text, /- \/tasks\/0\/id: must be string; found 7/);
  assert.match(text, /attempt 2 of 3/);
  assert.match(text, /artifacts\/plan\.json/);
});

test('each class of failure has a message of its own', () => {
  const reasons = ['time_up', 'missing', 'duplicate_key', 'non_finite_number', 'trailing_text', 'not_utf8'] as const;
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
