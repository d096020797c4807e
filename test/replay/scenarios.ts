import type { WorkflowHandle } from '@temporalio/client';
import { resetBeforePhase } from '../../src/temporal/reset-run.js';
import { untilGate, untilStatus } from '../support/ended.js';
import type { TestStack } from '../support/stack.js';
import { invalidArtifacts } from '../support/invalid-artifacts.js';

/** Starts a run and steers it to its end (S20): each leaves a history of another kind. */
type Scenario = (stack: TestStack) => Promise<WorkflowHandle>;

/** The templates that the scenarios use. */
export async function prepareTemplates(stack: TestStack): Promise<void> {
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('short', [{ key: 'note', timeout: '700ms' }]);
  await stack.template('mixed', [
    { key: 'thought', artifact: undefined },
    { key: 'design', gates: ['lead'] },
    { key: 'plan' },
  ]);
  await stack.template('timed', [
    { key: 'design', gates: [{ name: 'lead', timeout: '1s', onTimeout: 'reject', remindAt: ['50%'] }] },
  ]);
  await stack.template('patient', [{ key: 'note' }], { onHumanRequired: 'wait' });
  await stack.template('escalating', [
    {
      key: 'design',
      gates: [{ name: 'lead', approvers: ['ann'], timeout: '1s', onTimeout: 'escalate', escalateTo: ['eve'] }],
    },
  ]);
  await stack.template('costly', [{ key: 'note', budgetTokens: 10 }], { onBudget: 'wait' });
  await stack.template('two-gates', [{ key: 'design', gates: ['lead', 'security'] }]);
}

async function atGate(stack: TestStack, steer: (handle: WorkflowHandle) => Promise<unknown>): Promise<WorkflowHandle> {
  const handle = await stack.start('mixed');
  await untilGate(stack, handle);
  await steer(handle);
  return handle;
}

/** Waits for the end of a run and resets it. */
async function resetAt(stack: TestStack, workflowId: string, phase: string, reapply: boolean): Promise<WorkflowHandle> {
  const handle = stack.client.workflow.getHandle(workflowId);
  await handle.result().catch(() => undefined);
  await resetBeforePhase(stack.client, workflowId, { phase, reason: 'again', reapply });
  return handle;
}

export const SCENARIOS: Record<string, Scenario> = {
  completed: (stack) => atGate(stack, (handle) => handle.signal('approve', { by: 'ann' })),
  repaired: (stack) => stack.start('one', [invalidArtifacts(1)]),
  'invalid-after-repair': (stack) => stack.start('one', [invalidArtifacts(2)]),
  'timeout-exhausted': (stack) => stack.start('short', [{ fault: 'stall_body', times: 'always' }]),
  'rate-limited': (stack) => stack.start('one', [{ status: 429, retryAfter: '1', times: 2 }]),
  'auth-failed': (stack) => stack.start('one', [{ status: 401 }]),
  rejected: (stack) => atGate(stack, (handle) => handle.signal('reject', { by: 'ann', comment: 'too vague' })),
  'aborted-at-gate': (stack) => atGate(stack, (handle) => handle.signal('abort', { by: 'ann' })),
  'aborted-at-work': async (stack) => {
    const handle = await stack.start('one', [{ fault: 'stall_body', times: 'always' }]);
    await untilStatus(stack, handle, ({ phases }) => phases[0]?.state === 'running');
    await handle.signal('abort');
    return handle;
  },
  cancelled: (stack) => atGate(stack, (handle) => handle.cancel()),
  'decisions-ignored': (stack) =>
    atGate(stack, async (handle) => {
      for (const [name, payload] of [
        ['approve', 'yes'],
        ['aprove', null],
        ['approve', { phase: 'plan' }],
      ] as const)
        await handle.signal(name, payload);
      await handle.signal('approve');
    }),
  'two-gates': async (stack) => {
    const handle = await stack.start('two-gates');
    await untilStatus(stack, handle, ({ openGates }) => openGates.length === 2);
    await handle.signal('approve', { gate: 'security' });
    await handle.signal('approve', { gate: 'lead' });
    return handle;
  },
  'input-invalid': (stack) => stack.startRaw(['feature']),
  revised: (stack) =>
    atGate(stack, async (handle) => {
      await handle.executeUpdate('decide', { args: [{ action: 'requestChanges', by: 'ann', comment: 'shorter' }] });
      await untilStatus(stack, handle, ({ phases, openGates }) => phases[1]?.revisions === 1 && openGates.length === 1);
      await handle.executeUpdate('decide', { args: [{ action: 'approve', by: 'ann' }] });
    }),
  expired: (stack) => stack.start('timed'),
  paused: (stack) =>
    atGate(stack, async (handle) => {
      await handle.signal('pause', { by: 'ann' });
      await handle.signal('approve');
      await untilStatus(stack, handle, ({ phases }) => phases[1]?.state === 'completed');
      await handle.signal('resume');
    }),
  escalated: async (stack) => {
    const handle = await stack.start('escalating');
    await untilStatus(stack, handle, ({ openGates }) => openGates[0]?.approvers?.includes('eve') === true);
    await handle.signal('approve', { by: 'eve' });
    return handle;
  },
  reset: async (stack) => {
    const { workflowId } = await atGate(stack, (handle) => handle.signal('approve'));
    return resetAt(stack, workflowId, 'plan', false);
  },
  'reset-reapplied': async (stack) => {
    const { workflowId } = await atGate(stack, (handle) => handle.signal('abort'));
    return resetAt(stack, workflowId, 'design', true);
  },
  'budget-raised': async (stack) => {
    const handle = await stack.start('costly');
    await untilGate(stack, handle);
    await handle.executeUpdate('decide', { args: [{ action: 'approve', by: 'ann', budgetTokens: 1_000_000 }] });
    return handle;
  },
  parked: async (stack) => {
    const handle = await stack.start('patient', [invalidArtifacts(2)]);
    await untilStatus(stack, handle, ({ waitsFor }) => waitsFor?.kind === 'parked');
    await handle.signal('retry', { comment: 'mind the title' });
    return handle;
  },
};
