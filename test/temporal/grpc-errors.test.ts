import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NamespaceNotFoundError, ServiceError } from '@temporalio/client';
import { asTemporalFailure, GRPC, grpcStatusOf, isNoAnswer } from '../../src/temporal/grpc-errors.js';

/** An error as gRPC gives it. */
function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
}

const WORDS = fc.oneof(
  fc.constantFrom(
    'timeout',
    'Timeout',
    'CANCELLED',
    'DEADLINE_EXCEEDED',
    '4 DEADLINE_EXCEEDED: x',
    'deadline exceeded',
    'UNAVAILABLE',
  ),
  fc.string(),
);

test('no words make an error a missing answer: its code does, however deep it lies', () => {
  fc.assert(
    fc.property(
      WORDS,
      WORDS,
      fc.integer({ min: 0, max: 16 }),
      fc.integer({ min: 0, max: 3 }),
      (words, name, code, depth) => {
        let error: Error = grpcError(code, words);
        for (let n = 0; n < depth; n++) error = new ServiceError(words, { cause: error });
        assert.equal(grpcStatusOf(error), code);
        assert.equal(isNoAnswer(error), code === GRPC.deadlineExceeded || code === GRPC.cancelled);
        const plain = Object.assign(new Error(words, { cause: new Error(words) }), { name });
        assert.equal(grpcStatusOf(plain), null);
        assert.equal(isNoAnswer(plain), false);
        assert.equal(asTemporalFailure(plain), null);
      },
    ),
  );
});

test('each status has the failure that says what to do', () => {
  const expected = {
    1: 'temporal_unavailable',
    3: 'usage_invalid',
    4: 'temporal_unavailable',
    7: 'config_invalid',
    8: 'temporal_unavailable',
  };
  const more = { 14: 'temporal_unavailable', 16: 'config_invalid' };
  for (let code = 0; code <= 16; code++) {
    const failure = asTemporalFailure(new ServiceError('Failed', { cause: grpcError(code, 'its words') }));
    assert.equal(failure?.code ?? null, { ...expected, ...more }[code as 1] ?? null, String(code));
    if (failure) assert.match(failure.message, /its words/);
  }
  assert.match(
    asTemporalFailure(new NamespaceNotFoundError('timeout'))?.message ?? '',
    /no namespace timeout: set TEMPORAL_NAMESPACE/,
  );
});

test('a key that Temporal quotes is not shown', (t) => {
  const before = process.env.TEMPORAL_API_KEY;
  t.after(() => (before === undefined ? delete process.env.TEMPORAL_API_KEY : (process.env.TEMPORAL_API_KEY = before)));
  process.env.TEMPORAL_API_KEY = 'key-canary-41';
  const { message } = asTemporalFailure(grpcError(GRPC.unauthenticated, 'bad key key-canary-41')) ?? assert.fail();
  assert.doesNotMatch(message, /canary/);
});
