import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rebuildRun } from '../../src/upkeep/rebuild-run.js';
import { compareRun } from '../../src/upkeep/compare-run.js';
import { statusText } from '../../src/client/look/status-text.js';
import { ended, untilGate } from '../support/ended.js';
import { gitRepository } from '../support/git-repository.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

// without isolation: what these tests look at does not depend on it
let stack: TestStack;
before(async () => {
  stack = await startTestStack(
    { sandbox: 'none', commandEnv: ['GREETING', 'NOT_THERE'] },
    { env: { GREETING: 'hello-s3cret-word' } },
  );
  await stack.template('one', [{ key: 'code', checks: 'all' }]);
  await stack.template('gate', [{ key: 'code', checks: 'all', gates: ['lead'] }]);
});
after(() => stack.stop());

const WORK = [
  { tools: [{ name: 'write_file', args: { path: 'repo/new.txt', content: 'new' } }] },
  { tools: [{ name: 'write_artifact', args: { title: 'done' } }] },
];
const flag = join(tmpdir(), `phasegate-flag-${process.pid}`);
after(() => rm(flag, { force: true }));

test('a check that passes only when it is repeated is flaky: shown as such, and no reason to go back', async (t) => {
  const run = `if [ -e ${flag} ]; then exit 0; else touch ${flag}; exit 1; fi`;
  const repo = gitRepository(t, {
    files: { '.phasegate.yaml': JSON.stringify({ checks: [{ name: 'test', run, retries: 2 }] }) },
  });
  const handle = await stack.start('gate', WORK, { repoPath: repo.path }, { repoAccess: 'write' });
  const status = await untilGate(stack, handle);
  assert.deepEqual(
    status.phases[0]?.proof?.checks.map(({ outcome }) => outcome),
    ['flaky'],
  );
  assert.match(statusText(status), /checks: test ~ flaky, green when repeated/);
  await handle.signal('approve');
  const end = await ended(stack, handle);
  assert.deepEqual(
    end.report.checks.map(({ outcome, sandbox }) => [outcome, sandbox]),
    [
      ['failed', 'none'],
      ['flaky', 'none'],
    ],
  );
});

test('a command gets the variables that the repository names, their values are masked, and a missing one is told', async (t) => {
  const settings = {
    setup: [{ run: 'true' }],
    checks: [{ name: 'test', run: 'echo "[$GREETING]"; [ -z "$TEST_KEY" ]' }],
    env: ['GREETING', 'NOT_THERE'],
  };
  const repo = gitRepository(t, { files: { '.phasegate.yaml': JSON.stringify(settings) } });
  const end = await ended(stack, await stack.start('one', WORK, { repoPath: repo.path }, { repoAccess: 'write' }));
  assert.equal(end.temporal, 'COMPLETED', end.message);
  const { rows } = await stack.mirror.pool.query<{ output: string }>(
    `SELECT output FROM check_runs WHERE run_id = $1::uuid AND kind = 'check'`,
    [end.report.runId],
  );
  assert.deepEqual(rows, [{ output: '[***]\n' }]);
  assert.deepEqual(end.events.find(({ type }) => type === 'setup_completed')?.payload.missingVariables, ['NOT_THERE']);
});

test('a run of a check that is lost in the mirror is found by verify, and said to be lost by rebuild', async (t) => {
  const repo = gitRepository(t, {
    files: { '.phasegate.yaml': JSON.stringify({ checks: [{ name: 'test', run: 'true' }] }) },
  });
  const { report } = await ended(
    stack,
    await stack.start('one', WORK, { repoPath: repo.path }, { repoAccess: 'write' }),
  );
  const sql = (text: string) => stack.mirror.pool.query(text, [report.runId]);
  await sql(`DELETE FROM run_events WHERE run_id = $1::uuid AND type = 'checks_passed'`);
  await sql(`DELETE FROM check_runs WHERE run_id = $1::uuid`);
  const { findings } = await compareRun(stack.client, stack.mirror, report.runId);
  assert.ok(findings.some(({ kind }) => kind === 'checks_missing'));
  assert.ok(findings.some(({ kind, text }) => kind === 'event_missing' && /checks_passed/.test(text)));
  const rebuilt = await rebuildRun(stack.client, stack.mirror, report.runId, stack.config.workspaceRoot);
  assert.ok(rebuilt.done.some((line) => /runs of checks .* cannot be written again/.test(line)));
  assert.deepEqual(
    rebuilt.after.findings.map(({ kind }) => kind),
    ['checks_missing'],
  );
});

test('a worker whose commands are off leaves a phase that needs them to another worker', async (t) => {
  const settings = { checks: [{ name: 'test', run: 'true' }] };
  const repo = gitRepository(t, { files: { '.phasegate.yaml': JSON.stringify(settings) } });
  await stack.template('later', [
    { key: 'design', gates: ['lead'] },
    { key: 'code', checks: 'all' },
  ]);
  const work = [{ tools: [{ name: 'write_artifact', args: { title: 'design' } }] }, ...WORK];
  const handle = await stack.start('later', work, { repoPath: repo.path }, { repoAccess: 'write' });
  await untilGate(stack, handle);
  await stack.stopWorker();
  const stopOff = await startTestWorker(stack, { sandbox: 'off' });
  await handle.signal('approve');
  await until(async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type === 'sandbox_unavailable';
  });
  await stopOff();
  const stop = await startTestWorker(stack);
  t.after(stop);
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});
