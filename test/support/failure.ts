import assert from 'node:assert/strict';
import { PhasegateError, type FailureCode } from '../../src/domain/failures.js';

/** For `assert.rejects` and `assert.throws`: a failure with this code whose message fits. */
export function failure(code: FailureCode, message?: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof PhasegateError, `expected a PhasegateError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    if (message) assert.match(error.message, message);
    return true;
  };
}
