import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { clientOf, requirementsFile } from './support.js';

let stack: TestStack;
let client: ReturnType<typeof clientOf>;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  client = clientOf(stack);
});
after(() => stack.stop());

test('a run, a gate or a comment whose words sound like a time-out changes no error and no exit code', async () => {
  const { name } = await stack.persona([]);
  const workflowId = `connect-timeout-cancelled-${name}`;
  const input = { template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
  const handle = await stack.client.workflow.start('agentRun', {
    taskQueue: stack.config.taskQueue,
    workflowId,
    args: [input],
  });
  await untilGate(stack, handle);
  for (const words of ['timeout', 'CANCELLED', 'DEADLINE_EXCEEDED', 'UNAVAILABLE']) {
    const refused = await client('approve', workflowId, '--phase', words);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, new RegExp(`^decision_refused: .*${words}`, 'm'));
    const taken = await client('reset', workflowId, '--phase', words);
    assert.equal(taken.code, 1, taken.stderr);
    assert.match(taken.stderr, new RegExp(`^input_invalid: phase ${words} has not begun`, 'm'));
  }
  const again = await client(
    'start',
    '--template',
    'gated',
    '--repo',
    stack.repoPath,
    '--requirements',
    await requirementsFile(stack),
    '--id',
    workflowId,
  );
  assert.equal(again.code, 1, again.stderr);
  assert.match(again.stderr, /^input_invalid: a run with the id .* is open/m);
  await handle.signal('abort');
  await ended(stack, handle);
  const late = await client('approve', workflowId);
  assert.equal(late.code, 1, late.stderr);
  assert.match(late.stderr, /^decision_refused: .*has ended/m);
});

test('what Temporal refuses is said in one sentence with what to do, and never with a stack', async () => {
  const input = ['--template', 'gated', '--repo', stack.repoPath, '--requirements', await requirementsFile(stack)];
  const cases: [args: string[], env: NodeJS.ProcessEnv, code: number, words: RegExp][] = [
    [
      ['status', 'x'],
      { TEMPORAL_NAMESPACE: 'deadline-timeout' },
      2,
      /^config_invalid: .*namespace deadline-timeout.*TEMPORAL_NAMESPACE/m,
    ],
    [['list'], { TEMPORAL_NAMESPACE: 'nowhere' }, 2, /^config_invalid: .*namespace nowhere/m],
    [['reconcile'], { TEMPORAL_NAMESPACE: 'nowhere' }, 2, /^config_invalid: .*namespace nowhere/m],
    [['start', ...input, '--id', 'x'.repeat(1_100)], {}, 2, /^usage_invalid: .*WorkflowId/m],
  ];
  for (const [args, env, code, words] of cases) {
    const result = await clientOf(stack, env)(...args);
    assert.equal(result.code, code, `${args.join(' ').slice(0, 40)}: ${result.stderr}`);
    assert.match(result.stderr, words);
    assert.doesNotMatch(result.stderr, /\n\s+at /);
  }
});

test('a workflow of another type is not a run', async () => {
  const workflowId = `other-${Date.now()}`;
  const other = await stack.client.workflow.start('reconcileRuns', {
    taskQueue: stack.config.taskQueue,
    workflowId,
    args: [{}],
  });
  await other.result();
  const { code, stderr } = await client('status', workflowId);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /^run_not_found: .* is not a run of phasegate: its workflow type is reconcileRuns/m);
});

test('a run that has not begun says so, and when it does; an approval does not make it begin', async () => {
  const { name } = await stack.persona([]);
  const input = { template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
  const handle = await stack.client.workflow.start('agentRun', {
    taskQueue: stack.config.taskQueue,
    workflowId: `later-${name}`,
    startDelay: '1 hour',
    args: [input],
  });
  const beginsAt = (await handle.describe()).executionTime?.toISOString() ?? '';
  const status = await client('status', handle.workflowId);
  assert.equal(status.code, 0, status.stderr);
  assert.ok(status.stdout.includes(`has not begun: it begins at ${beginsAt}`), status.stdout);
  const json = JSON.parse((await client('status', handle.workflowId, '--json')).stdout) as Record<string, unknown>;
  assert.deepEqual([json.state, json.beginsAt], ['not_begun', beginsAt]);
  const approved = await client('approve', handle.workflowId);
  assert.equal(approved.code, 4, approved.stderr);
  assert.match(approved.stderr, /^run_not_begun: .*it begins at/m);
  assert.equal((await handle.describe()).historyLength, 1, 'it still waits');
  await handle.terminate();
});
