import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('impatient', [{ key: 'note', patience: '1s' }]);
});
after(() => stack.stop());

const requestsOf = (model: string) => stack.model.requests.filter((request) => request.model === model);

test('429 with Retry-After: 2 twice, then success: waited for, and no repair attempt used', async () => {
  const persona = await stack.persona([{ status: 429, retryAfter: '2', times: 2 }]);
  const started = Date.now();
  const handle = await stack.startRaw([
    { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
  ]);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.equal(end.report.phases[0]?.attempts, 1);
  assert.ok(Date.now() - started >= 4_000, 'the provider was given the time it asked for');
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'prompt_repaired'),
    [],
  );
});

test('401: failed at once, after one request', async () => {
  const persona = await stack.persona([{ status: 401, times: 'always' }]);
  const handle = await stack.startRaw([
    { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
  ]);
  const end = await ended(stack, handle);
  assert.equal(end.code, 'model_auth_failed');
  assert.equal(requestsOf(persona.model).length, 1);
  assert.ok(!JSON.stringify(end).includes('k3y'), 'the key is nowhere');
});

const FINAL: [fault: Parameters<TestStack['persona']>[0][number], code: string][] = [
  [{ status: 403 }, 'model_auth_failed'],
  [{ status: 404 }, 'model_not_found'],
  [{ fault: 'context_length' }, 'model_context_too_long'],
  [{ fault: 'quota_exhausted' }, 'model_quota_exhausted'],
  [{ fault: 'content_filter_error' }, 'model_content_refused'],
  [{ fault: 'refusal' }, 'model_content_refused'],
  [{ status: 422 }, 'model_request_rejected'],
];
for (const [behaviour, code] of FINAL) {
  test(`S28: ${behaviour.fault ?? behaviour.status} fails the run at once with ${code}`, async () => {
    const end = await ended(stack, await stack.start('one', [{ ...behaviour, times: 'always' }]));
    assert.equal(end.code, code);
    assert.equal(end.report.phases[0]?.state, 'failed');
  });
}

test('a provider that stays away longer than the patience fails the run', async () => {
  const end = await ended(stack, await stack.start('impatient', [{ status: 503, times: 'always' }]));
  assert.equal(end.code, 'provider_unavailable');
});

for (const behaviour of [
  { status: 500 },
  { fault: 'drop_before_headers' },
  { fault: 'drop_mid_body' },
  { fault: 'html' },
  { fault: 'empty_choices' },
] as const) {
  test(`${'fault' in behaviour ? behaviour.fault : behaviour.status} once is passed over, and no repair attempt is used`, async () => {
    const end = await ended(stack, await stack.start('one', [behaviour]));
    assert.equal(end.temporal, 'COMPLETED');
    assert.equal(end.report.phases[0]?.attempts, 1);
  });
}

test('S23, S24, S25: a priced model costs what the table says; a budget stops the run before a call that could pass it', async () => {
  const persona = await stack.persona([], { model: 'priced' });
  const input = { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } };
  const end = await ended(stack, await stack.startRaw([input]));
  const { costUsd, inputTokens, outputTokens, unpricedCalls } = end.report.totals;
  assert.equal(unpricedCalls, 0);
  assert.ok(Math.abs((costUsd ?? 0) * 1_000_000 - (inputTokens + 2 * outputTokens)) <= end.report.totals.calls);
  const poor = await ended(stack, await stack.startRaw([{ ...input, budgetUsd: 0.000001 }]));
  assert.equal(poor.code, 'budget_exceeded');
  assert.equal(poor.report.totals.calls, 0, 'the worst case of the first call is more than that');
});
