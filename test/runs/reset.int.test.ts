import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { resetBeforePhase } from '../../src/temporal/reset-run.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('three', [
    { key: 'design', gates: ['lead'] },
    { key: 'build', timeout: '20s' },
    { key: 'check', gates: ['merge'] },
  ]);
});
after(() => stack.stop());

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', stack.repoPath, ...args], { encoding: 'utf8' }).trim();
const writes = (path: string, content: string) => ({ tools: [{ name: 'write_file', args: { path, content } }] });
const artifact = (title: string) => ({ tools: [{ name: 'write_artifact', args: { title } }] });
const answers = (handle: WorkflowHandle) => stack.client.workflow.getHandle(handle.workflowId);
const writer = {
  repoAccess: 'write' as const,
  tools: ['ls', 'read_file', 'write_file'] as ['ls', 'read_file', 'write_file'],
};

test('S20: reset to before a phase: the phase is done again on the repository as it was then, and the run keeps its id', async () => {
  const script = [
    artifact('design'),
    writes('repo/one.txt', 'first'),
    writes('repo/half.txt', 'first'),
    artifact('built'),
    artifact('checked'),
  ];
  const handle = await stack.start('three', script, {}, writer);
  await untilGate(stack, handle);
  await handle.signal('approve', { by: 'ann' });
  const { run, branch, commits } = await untilStatus(stack, handle, ({ openGates }) => openGates[0]?.gate === 'merge');
  const [abandoned] = commits;
  assert.equal(git('show', `${branch}:one.txt`), 'first');
  assert.equal(commits.length, 1);

  const { model } = await personaOf(handle);
  stack.model.script(model, [
    { ...writes('repo/two.txt', 'second'), delayMs: 1_000 },
    artifact('built again'),
    artifact('checked again'),
  ]);
  const { executionRunId } = await resetBeforePhase(stack.client, handle.workflowId, {
    phase: 'build',
    reason: 'try again',
    reapply: false,
  });
  const again = answers(handle);
  await until(async () => (await phases(run.runId)).build === 'running');
  assert.deepEqual(
    await phases(run.runId),
    { design: 'completed', build: 'running', check: 'pending' },
    'the mirror follows at once',
  );
  assert.deepEqual(await openRequests(run.runId), []);
  const status = await untilStatus(stack, again, ({ openGates }) => openGates[0]?.gate === 'merge');
  assert.equal(status.run.runId, run.runId, 'the run keeps its id');
  assert.equal(status.run.executionRunId, executionRunId);
  assert.deepEqual(
    git('ls-tree', '--name-only', branch ?? ''),
    'README.md\nsrc\ntwo.txt',
    'what came after the reset point is not on the branch',
  );
  assert.equal(
    git('show', `refs/phasegate/${status.run.runId}/before-${executionRunId}:one.txt`),
    'first',
    'and is kept',
  );

  await again.signal('approve', { by: 'ann' });
  const end = await ended(stack, again);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual(end.report.commits.map(({ sha }) => sha).includes(abandoned?.sha ?? ''), false);
  const count = (type: string) => end.events.filter((event) => event.type === type).length;
  const begun = end.events
    .filter(({ type }) => type === 'phase_started' || type === 'run_reset')
    .map(({ type, phaseKey }) => `${type} ${phaseKey}`);
  // history keeps the beginning of the phase, which came before the reset point
  assert.deepEqual(begun, [
    'phase_started design',
    'phase_started build',
    'phase_started check',
    'run_reset build',
    'phase_started check',
  ]);
  assert.equal(count('artifact_validated'), 5, 'new occurrences are new events');
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'approval_resolved').map(({ phaseKey }) => phaseKey),
    ['design', 'check'],
    'the decision before the reset point counts, and is one',
  );
  assert.deepEqual(
    end.report.phases.map(({ key, state }) => `${key} ${state}`),
    ['design completed', 'build completed', 'check completed'],
  );
});

test('S20: a reset in the middle of a phase: what the agent had not finished is kept aside, and the old attempt writes no more', async () => {
  const script = [
    artifact('design'),
    writes('repo/half.txt', 'half'),
    { ...writes('repo/late.txt', 'late'), delayMs: 3_000 },
    artifact('built'),
  ];
  const handle = await stack.start('three', script, {}, writer);
  await untilGate(stack, handle);
  await handle.signal('approve');
  await untilCalls(handle, 3);
  stack.model.script((await personaOf(handle)).model, [artifact('again'), artifact('checked')]);
  await resetBeforePhase(stack.client, handle.workflowId, { phase: 'build', reason: 'wrong way', reapply: true });
  const again = answers(handle);
  const { run, branch } = await untilStatus(stack, again, ({ openGates }) => openGates[0]?.gate === 'merge');
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  assert.equal(git('ls-tree', '--name-only', branch ?? ''), 'README.md\nsrc');
  const kept = git('for-each-ref', '--format=%(refname)', `refs/phasegate/${run.runId}`);
  assert.equal(git('show', `${kept}:half.txt`), 'half');
  await again.signal('approve');
  assert.equal((await ended(stack, again)).temporal, 'COMPLETED');
});

test('S15, S20: a run that was aborted and is reset: its old decisions are applied again only where that is asked for', async () => {
  const abort = async (reapply: boolean) => {
    const handle = await stack.start('three');
    await untilGate(stack, handle);
    await handle.signal('abort', { by: 'ann' });
    assert.equal((await ended(stack, handle)).temporal, 'CANCELLED');
    await resetBeforePhase(stack.client, handle.workflowId, { phase: 'design', reason: 'after all', reapply });
    return answers(handle);
  };
  const undecided = await abort(false);
  await untilGate(stack, undecided);
  assert.equal(
    (await stack.mirror.findRun((await stack.status(undecided)).run.runId))?.state,
    'executing',
    'the mirror follows',
  );
  await undecided.signal('reject');
  assert.equal((await ended(stack, undecided)).code, 'approval_rejected');
  assert.equal((await ended(stack, await abort(true))).temporal, 'CANCELLED');
});

test('S15: an approval that a reset applies again passes no gate twice and none that is not open', async () => {
  const handle = await stack.start('three');
  await untilGate(stack, handle);
  await handle.signal('approve', { by: 'ann' });
  await untilStatus(stack, handle, ({ openGates }) => openGates[0]?.gate === 'merge');
  await resetBeforePhase(stack.client, handle.workflowId, { phase: 'design', reason: 'again', reapply: true });
  const again = answers(handle);
  const status = await untilGate(stack, again);
  assert.equal(status.openGates[0]?.gate, 'lead', 'the approval came before the gate was open again');
  assert.deepEqual(
    status.ignored.map(({ name, reason }) => [name, /no gate is open/.test(reason)]),
    [['approve', true]],
  );
  await again.signal('abort');
  await ended(stack, again);
});

test('a phase that has not begun and a run that does not exist have plain messages', async () => {
  const handle = await stack.start('three');
  await untilGate(stack, handle);
  const reset = (id: string, phase: string) =>
    resetBeforePhase(stack.client, id, { phase, reason: '', reapply: false });
  await assert.rejects(reset(handle.workflowId, 'check'), /phase check has not begun in .*; begun: design/);
  await assert.rejects(reset('no-such-run', 'check'), /there is no run/);
  await handle.terminate();
});

async function personaOf(handle: WorkflowHandle): Promise<{ model: string }> {
  const { phases } = await stack.status(handle);
  return { model: `model-${phases[0]?.persona}` };
}

async function phases(runId: string): Promise<Record<string, string>> {
  const { rows } = await stack.mirror.pool.query<{ phase_key: string; state: string }>(
    'SELECT phase_key, state FROM run_phases WHERE run_id = $1 ORDER BY index',
    [runId],
  );
  return Object.fromEntries(rows.map((row) => [row.phase_key, row.state]));
}

async function openRequests(runId: string): Promise<unknown[]> {
  return (
    await stack.mirror.pool.query<{ phase_key: string }>(
      "SELECT phase_key FROM approval_requests WHERE run_id = $1 AND state = 'pending'",
      [runId],
    )
  ).rows;
}

async function untilCalls(handle: WorkflowHandle, calls: number): Promise<void> {
  const { model } = await personaOf(handle);
  await until(() => stack.model.requests.filter((request) => request.body.model === model).length >= calls);
}
