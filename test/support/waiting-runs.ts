import type { WorkflowHandle } from '@temporalio/client';
import { event } from '../mirror/support.js';
import type { TestStack } from './stack.js';

const AT_ONCE = 20;

/** Starts runs that wait for their start delay, and that the mirror knows: no worker is busy with them. */
export async function startWaitingRuns(stack: TestStack, count: number): Promise<WorkflowHandle[]> {
  const options = { taskQueue: stack.config.taskQueue, startDelay: '1 day', args: [{}] } as const;
  const started: WorkflowHandle[] = [];
  for (let n = 0; n < count; n += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - n) }, async (_, k) => {
      const workflowId = `waits-${stack.config.taskQueue}-${n + k}-${performance.now()}`;
      const handle = await stack.client.workflow.start('agentRun', { ...options, workflowId });
      const runId = handle.firstExecutionRunId;
      await stack.mirror.appendEvents({ runId, workflowId, executionRunId: runId }, [event('run_created')]);
      return handle;
    });
    started.push(...(await Promise.all(some)));
  }
  return started;
}

/** Ends them; they get no chance to write. */
export async function terminateAll(handles: WorkflowHandle[]): Promise<void> {
  for (let n = 0; n < handles.length; n += AT_ONCE)
    await Promise.all(handles.slice(n, n + AT_ONCE).map((handle) => handle.terminate()));
}
