import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT, exitCodeOf } from '../../src/client/command-line/exit-codes.js';
import { failJson, failText } from '../../src/client/command-line/output.js';
import { printable } from '../../src/client/command-line/printable.js';
import { FAILURES, PhasegateError, type FailureCode } from '../../src/domain/failures.js';

test('every failure has an exit code that a script can use', () => {
  const special: Partial<Record<FailureCode, number>> = {
    usage_invalid: 2,
    config_invalid: 2,
    run_not_found: 3,
    artifact_not_there: 3,
    wait_timed_out: 5,
    template_not_found: 3,
    persona_not_found: 3,
    backend_not_found: 3,
    temporal_unavailable: 4,
    worker_unavailable: 4,
    mirror_unavailable: 4,
    database_refused: 4,
    run_not_begun: 4,
    run_held: 4,
  };
  for (const code of Object.keys(FAILURES) as FailureCode[])
    assert.equal(exitCodeOf(new PhasegateError(code, '')), special[code] ?? EXIT.failed, code);
  assert.equal(exitCodeOf(new Error('a bug')), EXIT.failed);
});

test('a failure as text and as JSON: code, message, what to do', () => {
  const error = new PhasegateError('run_not_found', 'there is no run x');
  assert.match(failText(error), /^run_not_found: there is no run x\nCheck the workflow id/);
  assert.deepEqual(JSON.parse(failJson(error)), {
    code: 'run_not_found',
    message: 'there is no run x',
    todo: FAILURES.run_not_found.todo,
  });
});

test('nothing of a text of somebody else controls the terminal', () => {
  assert.equal(printable('a\u001B[31mred\nline\u202Eevil\u2028x'), 'a [31mred line evil x');
  assert.equal(printable('x'.repeat(500)).length, 200);
});
