import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliverIssues, guessDeliver, planDeliver, withWishes } from '../../../src/domain/deliver/plan-deliver.js';
import type { TemplateDeliver } from '../../../src/domain/deliver/deliver.js';

test('a delivery has the host and the variable of its provider, unless it names others', () => {
  const github = planDeliver({ push: 'origin', pullRequest: { provider: 'github' } });
  assert.deepEqual(
    [github.host, github.tokenFromEnv, github.pullRequest?.draft],
    ['github.com', 'GITHUB_TOKEN', false],
  );
  const own = planDeliver({
    push: 'up',
    host: 'Git.Test',
    tokenFromEnv: 'T',
    pullRequest: { provider: 'gitlab' },
    waitForChecks: '30m',
  });
  assert.deepEqual([own.host, own.tokenFromEnv, own.waitForChecksMs], ['git.test', 'T', 1_800_000]);
  assert.deepEqual(planDeliver({ push: 'origin' }).tokenFromEnv, null);
  assert.equal(guessDeliver('origin', 'gitlab.com').pullRequest?.provider, 'gitlab');
  assert.equal(guessDeliver('origin', 'evil.test').pullRequest, null);
  assert.equal(guessDeliver('origin', null).pullRequest, null);
});

test('wishes change what a pull request says, and never where the token goes', () => {
  const planned = planDeliver({ push: 'origin', pullRequest: { provider: 'github', title: '/summary' } });
  const wished = withWishes(planned, { push: 'fork', title: 'T', base: 'next', draft: true, waitForChecks: '5m' });
  assert.deepEqual([wished.host, wished.tokenFromEnv, wished.remote], ['github.com', 'GITHUB_TOKEN', 'fork']);
  const { title, base, draft } = wished.pullRequest ?? {};
  assert.deepEqual([title, base, draft, wished.waitForChecksMs], ['T', 'next', true, 300_000]);
  assert.equal(withWishes(planned, { pushOnly: true }).pullRequest, null);
});

test('the mistakes that the JSON Schema does not see', () => {
  const pointers = (deliver: TemplateDeliver): string[] => deliverIssues(deliver).map(({ pointer }) => pointer);
  const pull = { provider: 'github' } as const;
  assert.deepEqual(pointers({ push: 'o', pullRequest: pull, waitForChecks: '30m' }), []);
  assert.deepEqual(pointers({ push: 'o', waitForChecks: '30m' }), ['/deliver/waitForChecks']);
  assert.deepEqual(pointers({ push: 'o', pullRequest: pull, waitForChecks: '3d' }), ['/deliver/waitForChecks']);
  assert.deepEqual(pointers({ push: 'o', tokenFromEnv: 'T' }), ['/deliver/host']);
  const at = (apiUrl: string): string[] => pointers({ push: 'o', host: 'h.test', pullRequest: { ...pull, apiUrl } });
  assert.deepEqual(at('https://h.test/api/v3'), []);
  assert.deepEqual(at('http://127.0.0.1:8080/api'), []);
  for (const unsafe of ['http://h.test/api', 'https://u:p@h.test', 'https://h.test/?a', 'ftp://h.test', 'nothing'])
    assert.deepEqual(at(unsafe), ['/deliver/pullRequest/apiUrl'], unsafe);
});
