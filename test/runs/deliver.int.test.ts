import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { WorkflowFailedError, type ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import {
  deliveryId,
  type Delivered,
  type DeliverWishes,
  type TemplateDeliver,
} from '../../src/domain/deliver/deliver.js';
import { newestDelivery } from '../../src/client/look/newest-delivery.js';
import { DELIVER_WORKFLOW_TYPE } from '../../src/domain/names.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { rebuildRun } from '../../src/upkeep/rebuild-run.js';
import { runFolder } from '../../src/workspace/run-folder.js';
import { ended, untilGate } from '../support/ended.js';
import { bareRepositoryAt } from '../support/forge/bare-repository.js';
import { FakeGithub } from '../support/forge/fake-github.js';
import { repositoryAt, type TestRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { verified } from '../support/verified.js';

let stack: TestStack;
let fake: FakeGithub;
let bare: TestRepository;
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'phasegate-test-')));
const TOKEN = 'forge-secret-token-1234567890';

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
  const deliver: TemplateDeliver = {
    push: 'origin',
    tokenFromEnv: 'FORGE_TOKEN',
    host: fake.host,
    pullRequest: {
      provider: 'github',
      apiUrl: fake.apiUrl,
      repository: fake.repository,
      title: '/title',
      labels: ['bot'],
    },
  };
  await stack.template('delivers', [{ key: 'code', gates: ['lead'] }], { deliver });
  await stack.template('waits', [{ key: 'code' }], { deliver: { ...deliver, waitForChecks: '5m' } });
  await stack.template('keyless', [{ key: 'code' }], { deliver: { ...deliver, tokenFromEnv: 'MISSING_TOKEN' } });
  await stack.template('silent', [{ key: 'code', gates: ['lead'] }]);
});
beforeEach(() => {
  fake.pulls.length = 0;
  fake.faults.length = 0;
});
after(async () => {
  await stack.stop();
  await fake.stop();
  rmSync(folder, { recursive: true, force: true });
});

const work = (title: string): Behaviour[] => [
  {
    tools: [
      { name: 'write_file', args: { path: 'repo/new.txt', content: `${title}\n` } },
      { name: 'write_artifact', args: { title } },
    ],
  },
];
const start = (template: string, title = 'A title') => stack.start(template, work(title), {}, { repoAccess: 'write' });

/** The end of the delivery that the run ordered. */
const deliveredBy = (runId: string): Promise<Delivered> =>
  stack.client.workflow.getHandle(deliveryId(runId)).result() as Promise<Delivered>;

async function order(handle: WorkflowHandle, runId: string, wishes: DeliverWishes = {}): Promise<Delivered> {
  const { workflowId } = handle;
  return stack.client.workflow.execute(DELIVER_WORKFLOW_TYPE, {
    workflowId: deliveryId(runId),
    taskQueue: stack.config.taskQueue,
    args: [{ run: { runId, workflowId, executionRunId: runId }, wishes, by: 'ann' }],
  }) as Promise<Delivered>;
}

async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await work.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof WorkflowFailedError, String(error));
  return error.cause as ApplicationFailure;
}

const rowsOf = async (runId: string) =>
  (
    await stack.mirror.pool.query<Record<string, unknown>>(
      `SELECT state, claimed_by, sha, pull_request_number AS number, checks, error_code FROM deliveries WHERE run_id = $1 ORDER BY started_at`,
      [runId],
    )
  ).rows;

test('a completed run is delivered as its template says; its record knows of it, also after a rebuild', async () => {
  const handle = await start('delivers', `fixes #1 for @everyone with ${TOKEN}`);
  await untilGate(stack, handle);
  await handle.signal('approve');
  const { temporal, report } = await ended(stack, handle);
  assert.equal(temporal, 'COMPLETED');
  const { runId } = report;
  const delivered = await deliveredBy(runId);
  const branch = report.repository.branch ?? '';
  assert.equal(tips(branch), delivered.sha);
  assert.deepEqual(
    [delivered.branch, delivered.pullRequest?.number, delivered.pullRequest?.draft, delivered.checks],
    [branch, 1, false, null],
  );
  const [pull] = fake.pulls;
  assert.deepEqual([pull?.head, pull?.base, pull?.labels], [branch, 'main', ['bot']]);
  assert.match(pull?.title ?? '', /^fixes #\u200B1 for @\u200Beveryone with \*\*\*$/);
  assert.match(pull?.body ?? '', /^# Run .*completed/);
  assert.ok(!pull?.body.includes(TOKEN));
  const renewed = await stack.mirror.readReport(runId);
  const { state, number, url, sha } = renewed?.deliveries?.[0] ?? {};
  assert.deepEqual([state, number, url, sha], ['delivered', 1, delivered.pullRequest?.url, delivered.sha]);
  const page = (await stack.mirror.readPage(runId))?.html ?? '';
  assert.match(page, new RegExp(`>delivered</span></td><td>pull request 1: <code>${delivered.pullRequest?.url}<`));
  assert.match(page, /<ins>\+fixes #1/, 'the diff is still there');
  assert.equal(readFileSync(runFolder(stack.config.workspaceRoot, runId).reportHtml, 'utf8'), page);
  await verified(stack, runId);
  const types = (await stack.mirror.readEvents(runId)).map(({ type }) => type).slice(-4);
  assert.deepEqual(types, ['delivery_started', 'branch_pushed', 'pull_request_opened', 'delivery_completed']);
  for (const event of await stack.mirror.readEvents(runId)) assert.ok(!JSON.stringify(event.payload).includes(TOKEN));

  await stack.mirror.pool.query(`DELETE FROM run_events WHERE run_id = $1 AND type LIKE 'delivery%'`, [runId]);
  await stack.mirror.pool.query(`DELETE FROM deliveries WHERE run_id = $1`, [runId]);
  const { after: rebuilt } = await rebuildRun(stack.client, stack.mirror, runId, stack.config.workspaceRoot);
  assert.deepEqual(rebuilt.findings, []);
  assert.deepEqual(
    (await rowsOf(runId)).map((row) => [row['state'], row['number']]),
    [['delivered', 1]],
  );

  const again = await order(handle, runId, { title: 'Another title', update: true });
  assert.deepEqual([again.pullRequest?.number, fake.pulls.length, fake.pulls[0]?.title], [1, 1, 'Another title']);
  assert.deepEqual(
    (await rowsOf(runId)).map((row) => row['claimed_by']),
    [null, 'ann'],
  );
  await verified(stack, runId);
});

test('a delivery that fails leaves the run complete, says what to do, and may be ordered again', async () => {
  fake.token = 'another-token';
  const handle = await start('delivers');
  await untilGate(stack, handle);
  await handle.signal('approve');
  const { report } = await ended(stack, handle);
  const { runId } = report;
  const failure = await failureOf(deliveredBy(runId));
  assert.equal(failure.type, 'forge_auth_failed');
  assert.match((await newestDelivery(stack.client, runId)) ?? '', /^delivery failed: forge_auth_failed: .*401/);
  assert.match(failure.message, /401 Bad credentials/);
  assert.equal((await stack.mirror.findRun(runId))?.state, 'completed');
  fake.token = TOKEN;
  fake.archived = true;
  assert.equal((await failureOf(order(handle, runId))).type, 'forge_archived');
  fake.archived = false;
  // what passes by itself is tried again
  fake.faults.push({ on: /^GET/, status: 502 }, { on: /^GET/, status: 429, headers: { 'retry-after': '1' } });
  assert.equal((await order(handle, runId)).pullRequest?.number, 1);
  assert.match((await newestDelivery(stack.client, runId)) ?? '', /^delivered: pull request 1, https/);
  assert.deepEqual(
    (await rowsOf(runId)).map((row) => [row['state'], row['error_code']]),
    [
      ['failed', 'forge_auth_failed'],
      ['failed', 'forge_archived'],
      ['delivered', null],
    ],
  );
  await verified(stack, runId);
  const kept = await stack.mirror.readReport(runId);
  assert.deepEqual([kept?.status, kept?.deliveries?.length], ['completed', 3]);
});

test('a worker without the token says which variable is not set', async () => {
  const { report } = await ended(stack, await start('keyless'));
  const failure = await failureOf(deliveredBy(report.runId));
  assert.deepEqual([failure.type, failure.message], ['forge_token_missing', 'MISSING_TOKEN is not set on this worker']);
});

test('the checks of the forge are waited for, and what they said is part of the record', async () => {
  fake.checkRuns = [{ name: 'build', status: 'in_progress', conclusion: null }];
  const handle = await start('waits');
  const { report } = await ended(stack, handle);
  await until(() => fake.count(/check-runs/) > 0);
  fake.checkRuns = [{ name: 'build', status: 'completed', conclusion: 'failure' }];
  const { checks } = await deliveredBy(report.runId);
  assert.deepEqual(checks, { state: 'failed', passed: 0, failed: 1, pending: 0, red: ['build'] });
  assert.deepEqual(
    (await rowsOf(report.runId)).map((row) => [row['state'], row['checks']]),
    [['delivered', 'failed']],
  );
});

test('a run without a delivery in its template is pushed on order, and one that has not completed is not', async () => {
  const handle = await start('silent');
  const { run } = await untilGate(stack, handle);
  assert.equal(await newestDelivery(stack.client, run.runId), null);
  const early = await failureOf(order(handle, run.runId));
  assert.equal(early.type, 'run_not_completed');
  await handle.signal('approve');
  const { report } = await ended(stack, handle);
  const delivered = await order(handle, report.runId);
  assert.deepEqual([delivered.pullRequest, tips(delivered.branch)], [null, delivered.sha]);
  const other = await failureOf(order(handle, report.runId, { push: 'upstream' }));
  assert.deepEqual(
    [other.type, /has no remote "upstream"; there are: origin/.test(other.message)],
    ['remote_not_found', true],
  );
  for (const wishes of [{ host: 'evil.test' }, { tokenFromEnv: 'TEST_KEY' }, { push: 7 }, { waitForChecks: '1x' }]) {
    const refused = await failureOf(order(handle, report.runId, wishes as DeliverWishes));
    assert.equal(refused.type, 'input_invalid', JSON.stringify(wishes));
  }
});
