import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offload, TookTooLong } from '../../src/offload/offload.js';
import { changeJobTime } from '../support/job-time.js';

const task = (schema: object) => ({
  path: 'artifacts/a.json',
  schemaId: 'urn:t:a',
  schemas: { 'urn:t:a': { $id: 'urn:t:a', ...schema } },
});
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

test('a job gives what its function gives', async (t) => {
  t.after(changeJobTime(10));
  const good = await offload(
    'judgeBytes',
    task({ type: 'object' }),
    Buffer.from('{"a": 12345678901234567890123, "b": "\\u0000"}'),
  );
  assert.deepEqual(good, {
    content: '{"a":12345678901234567890123,"b":"⟦u0000⟧"}',
    normalised: [],
    summary: null,
    problem: null,
    matched: { sendBack: false, failWhen: false },
  });
  const bad = await offload('judgeBytes', task({ type: 'array' }), bytes({}));
  assert.deepEqual(bad.problem, {
    reason: 'schema',
    message: 'artifacts/a.json does not satisfy the schema urn:t:a',
    errors: [{ pointer: '', expected: 'must be array', found: '{}' }],
  });
  assert.deepEqual(await offload('matchPaths', /b$/, ['ab', 'ba', 'b']), [0, 2]);
});

test('a job that throws fails alone, with its reason', async (t) => {
  t.after(changeJobTime(10));
  await assert.rejects(offload('judgeBytes', task({ $ref: 'urn:t:none' }), bytes({})), /urn:t:none/);
  assert.deepEqual(await offload('matchPaths', /a/, ['a']), [0]);
});

test('a job that takes too long is ended, and those behind it are done', async () => {
  const slow = offload('matchPaths', /^(a+)+$/, [`${'a'.repeat(60)}!`]);
  const behind = offload('matchPaths', /a/, ['a', 'b']);
  await assert.rejects(slow, (error) => error instanceof TookTooLong && error.message === 'took longer than 2 s');
  assert.deepEqual(await behind, [0]);
});

test('a validator that takes quadratic time is ended in time', async (t) => {
  t.after(changeJobTime(0.2));
  const many = Array.from({ length: 100_000 }, (_, n) => ({ n }));
  const started = performance.now();
  await assert.rejects(offload('judgeBytes', task({ uniqueItems: true }), bytes(many)), TookTooLong);
  assert.ok(performance.now() - started < 40_000);
});

test('no job waits behind those that take long, however many they are', async () => {
  await offload('matchPaths', /a/, []);
  const slow = Array.from({ length: 4 }, () => offload('matchPaths', /^(a+)+$/, [`${'a'.repeat(60)}!`]));
  let over = 0;
  const ended = slow.map((job) => assert.rejects(job, TookTooLong).then(() => void over++));
  assert.deepEqual(await offload('matchPaths', /a/, ['a', 'b']), [0]);
  assert.deepEqual(await offload('matchPaths', /b/, ['a', 'b']), [1]);
  // each of them has 2 s
  assert.ok(over < slow.length, 'the short ones are done before the long ones');
  await Promise.all(ended);
});
