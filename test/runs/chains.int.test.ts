import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { WorkflowExecutionInfo, WorkflowStartOptions } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import { ended, readEvents } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('one', [{ key: 'note' }]);
});
after(() => stack.stop());

/** Starts a run with options of Temporal's; its agent never finishes, so that a model that is asked would show. */
async function start(options: Partial<WorkflowStartOptions>) {
  const persona = await stack.persona([{ text: 'hm', times: 'always' }]);
  const workflowId = `chain-${randomUUID()}`;
  const input = { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } };
  const handle = await stack.client.workflow.start(WORKFLOW_TYPE, {
    taskQueue: stack.config.taskQueue,
    workflowId,
    args: [input],
    ...options,
  });
  const asked = (): number => stack.model.requests.filter(({ model }) => model === persona.model).length;
  const executions = async (): Promise<WorkflowExecutionInfo[]> => {
    const found: WorkflowExecutionInfo[] = [];
    for await (const info of stack.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) found.push(info);
    return found.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  };
  return { handle, workflowId, asked, executions };
}

test('a cron schedule is refused at once, each time: no model is asked, and only the first refusal is recorded', async () => {
  const { handle, workflowId, asked, executions } = await start({ cronSchedule: '@every 1s' });
  await until(
    async () => (await executions()).filter(({ status }) => status.name === 'FAILED').length >= 4,
    40_000,
    () => 'it does not start again',
  );
  await stack.client.workflow.getHandle(workflowId).terminate('enough');
  const all = await executions();
  for (const { runId, status, historyLength } of all.slice(1).filter(({ status: { name } }) => name === 'FAILED')) {
    const { events } = await stack.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const failure = events?.find(({ workflowExecutionFailedEventAttributes: failed }) => failed)
      ?.workflowExecutionFailedEventAttributes?.failure;
    assert.equal(failure?.applicationFailureInfo?.type, 'chain_not_supported');
    assert.match(failure?.message ?? '', new RegExp(`temporal workflow terminate --workflow-id '${workflowId}'`));
    assert.ok((events?.length ?? 0) <= 5, `${status.name} with ${historyLength} events: nothing but the refusal`);
  }
  assert.equal(asked(), 0);
  const events = await readEvents(stack, handle.firstExecutionRunId);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['run_created', 'run_failed'],
  );
  assert.equal((await stack.mirror.findRun(handle.firstExecutionRunId))?.errorCode, 'chain_not_supported');
  assert.equal((await stack.mirror.readReport(handle.firstExecutionRunId))?.error?.code, 'chain_not_supported');
});

test('a retry policy is refused at once, unless it has a single attempt', async () => {
  const { handle, asked, executions } = await start({ retry: { maximumAttempts: 3, initialInterval: '1s' } });
  const end = await ended(stack, handle);
  assert.equal(end.code, 'chain_not_supported');
  assert.match(end.message, /retry policy/);
  assert.equal((await executions()).length, 1);
  assert.equal(asked(), 0);
  const single = await start({ retry: { maximumAttempts: 1 } });
  await until(() => single.asked() > 0);
  await single.handle.terminate();
});

test('a Temporal Schedule starts runs of their own: each with its id, its branch and its budget', async (t) => {
  const { name } = await stack.persona([]);
  const scheduleId = `nightly-${randomUUID()}`;
  const schedule = await stack.client.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: '30d' }] },
    policies: { overlap: 'ALLOW_ALL' },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPE,
      workflowId: scheduleId,
      taskQueue: stack.config.taskQueue,
      args: [
        {
          template: 'one',
          repoPath: stack.repoPath,
          requirements: 'r',
          overrides: { worker: name },
          budgetTokens: 1_000_000,
        },
      ],
    },
  });
  t.after(() => schedule.delete());
  await schedule.trigger();
  await until(async () => (await schedule.describe()).info.recentActions.length === 1);
  // the id of a scheduled workflow has the second of its start in it
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await schedule.trigger();
  await until(async () => (await schedule.describe()).info.recentActions.length === 2);
  const { info } = await schedule.describe();
  const ends = await Promise.all(
    info.recentActions.map(({ action }) => ended(stack, stack.client.workflow.getHandle(action.workflow.workflowId))),
  );
  assert.deepEqual(
    ends.map(({ temporal }) => temporal),
    ['COMPLETED', 'COMPLETED'],
  );
  assert.equal(new Set(ends.map(({ report }) => report.runId)).size, 2);
  assert.equal(new Set(ends.map(({ report }) => report.repository.branch)).size, 2);
});
