import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { deliveryId } from '../../src/domain/deliver/deliver.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { bareRepositoryAt } from '../support/forge/bare-repository.js';
import { FakeGithub } from '../support/forge/fake-github.js';
import { repositoryAt, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
let fake: FakeGithub;
let bare: TestRepository;
const TOKEN = 'forge-secret-token-1234567890';
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'phasegate-test-')));

const tips = (branch: string): string | null => {
  const found = bare.git('for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`);
  return found === '' ? null : found;
};

before(async () => {
  bare = bareRepositoryAt(path.join(folder, 'remote.git'));
  fake = await new FakeGithub('acme/app', tips).start();
  stack = await startTestStack({}, { env: { FORGE_TOKEN: TOKEN } });
  repositoryAt(stack.repoPath).git('remote', 'add', 'origin', bare.path);
  repositoryAt(stack.repoPath).git('push', '--quiet', 'origin', 'main');
  await stack.template('reviewed', [{ key: 'code', gates: [{ name: 'lead', decideBy: 'pullRequest' }] }], {
    deliver: {
      push: 'origin',
      tokenFromEnv: 'FORGE_TOKEN',
      host: fake.host,
      pullRequest: { provider: 'github', apiUrl: fake.apiUrl, repository: fake.repository, title: '/title' },
    },
  });
});
after(async () => {
  await stack.stop();
  await fake.stop();
  rmSync(folder, { recursive: true, force: true });
});

const work = (title: string): Behaviour => ({
  tools: [
    { name: 'write_file', args: { path: 'repo/new.txt', content: `${title}\n` } },
    { name: 'write_artifact', args: { title } },
  ],
});

test('a gate is decided by reviews of the pull request: changes, an old approval, a stranger, and then an approval', async () => {
  fake.permissions['ann'] = 'write';
  const handle = await stack.start('reviewed', [work('first try'), work('second try')], {}, { repoAccess: 'write' });
  await untilGate(stack, handle);
  const { openGates } = await untilStatus(stack, handle, (status) => typeof status.openGates[0]?.review === 'object');
  const { review } = openGates[0] ?? {};
  assert.ok(typeof review === 'object');
  const [pull] = fake.pulls;
  assert.deepEqual([pull?.draft, pull?.title, review.number], [true, 'first try', 1]);
  assert.match(pull?.body ?? '', /waits for your review/);
  assert.equal(tips(pull?.head ?? ''), review.sha);

  // nothing happens for some looks: they are answered by 304, and the history does not grow
  const length = async () => (await handle.describe()).historyLength;
  const looks = async (count: number) => {
    const from = fake.calls.length;
    await until(() => fake.calls.slice(from).filter(({ status }) => status === 304).length >= 2 * count);
  };
  await looks(2);
  const before = await length();
  await looks(3);
  assert.equal(await length(), before);

  fake.review('ann', 'CHANGES_REQUESTED', 'say it better', { comments: [{ path: 'new.txt', line: 1, body: 'here' }] });
  const second = await untilStatus(
    stack,
    handle,
    ({ openGates: [gate] }) => typeof gate?.review === 'object' && gate.review.sha !== review.sha,
  );
  assert.equal(second.phases[0]?.revisions, 1);
  assert.equal(fake.pulls.length, 1);
  assert.equal(pull?.title, 'second try');
  fake.review('ann', 'APPROVED', '', { commit: review.sha });
  fake.review('eve', 'APPROVED');
  await untilStatus(stack, handle, ({ ignoredTotal }) => ignoredTotal > 0);
  fake.review('ann', 'APPROVED', 'well done');
  const { temporal, events, report } = await ended(stack, handle);
  assert.equal(temporal, 'COMPLETED');
  assert.deepEqual(
    events
      .filter(({ type }) => type === 'approval_resolved')
      .map(({ payload: { action, by, via, comment } }) => [action, by, via, comment]),
    [
      ['requestChanges', 'github:ann', 'pull_request', 'say it better\nnew.txt:1: here'],
      ['approve', 'github:ann', 'pull_request', 'well done'],
    ],
  );
  assert.deepEqual(
    events.filter(({ type }) => type === 'decision_ignored').map(({ payload: { reason, by } }) => [reason, by]),
    [['may_not_write', 'github:eve']],
  );
  // the delivery finds the pull request, ends the draft, and writes the report into it
  await stack.client.workflow.getHandle(deliveryId(report.runId)).result();
  assert.deepEqual([fake.pulls.length, pull?.draft], [1, false]);
  assert.match(pull?.body ?? '', /^# Run .*completed/);
});
