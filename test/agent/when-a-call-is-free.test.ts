import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyModelError } from '../../src/agent/model/classify-model-error.js';
import { BadReply, TransportFailure } from '../../src/agent/model/provider-errors.js';

const SIGNALS = { deadlineExpired: false, secrets: ['sk-secret'], conversation: '' };

/** As `fetch` tells of an error of a socket. */
function broken(code: string, syscall: string): Error {
  const cause = Object.assign(new Error(`${syscall} ${code} 10.0.0.1:443`), { code, syscall });
  return new TransportFailure('the exchange broke off', { cause: new TypeError('fetch failed', { cause }) });
}

const isFree = async (error: unknown): Promise<boolean> => (await classifyModelError(error, SIGNALS)).isFree;

test('S24: a call counts whose connection broke when it was there: only one that never was is free', async () => {
  for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED']) {
    assert.deepEqual([code, await isFree(broken(code, 'connect'))], [code, true]);
    assert.deepEqual([code, await isFree(broken(code, 'read'))], [code, false]);
    assert.deepEqual([code, await isFree(broken(code, 'write'))], [code, false]);
  }
  assert.equal(await isFree(broken('ENOTFOUND', 'getaddrinfo')), true);
});

test('S24: a reply that is not a completion is not free because of its words', async () => {
  for (const words of ['x is an invalid header value', 'Cannot convert argument to a ByteString']) {
    const error = new Error('Connection error.', { cause: new BadReply(`a body that is not JSON: ${words}`) });
    const failure = await classifyModelError(error, SIGNALS);
    assert.deepEqual([failure.code, failure.isFree], ['provider_bad_reply', false]);
  }
});
