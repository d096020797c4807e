import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WorkflowNotFoundError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import type { RunStatus } from '../../src/domain/run-status.js';
import { pendingPhase } from '../../src/temporal/pending-phase.js';
import { ended, untilStatus, type Ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('sequences', [
    { key: 'design', gates: ['lead', { name: 'security', required: 2 }], maxRevisions: 2 },
    { key: 'plan', gates: ['final'], maxRevisions: 1 },
  ]);
});
after(() => stack.stop());

interface Sent {
  name: string;
  via: 'signal' | 'update';
  payload: unknown;
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const payload = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      phase: maybe(fc.constantFrom('design', 'plan', 'nowhere')),
      gate: maybe(fc.constantFrom('lead', 'security', 'final', 'nowhere')),
      by: maybe(fc.constantFrom('ann', 'bob', 'eve')),
      comment: maybe(fc.constantFrom('good', 'more, please')),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.anything({ withBigInt: false, withMap: false, withSet: false, withDate: false, maxDepth: 2 }),
  },
);
// aborts and rejections end a run: rarely, so that sequences get somewhere
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constant('approve') },
  { weight: 3, arbitrary: fc.constant('requestChanges') },
  { weight: 1, arbitrary: fc.constantFrom('reject', 'abort', 'aprove', 'pause', 'resume', 'retry', 'skip') },
);
const sent: fc.Arbitrary<Sent> = fc.record({ name, via: fc.constantFrom('signal', 'update'), payload });

test(
  'S15: any sequence of decisions leaves the run in a state that the rules allow, and applies none of them twice',
  { timeout: 280_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 3, maxLength: 12 }), fc.boolean(), async (sequence, atOnce) => {
        const handle = await stack.start('sequences');
        let before_ = await settled(handle);
        for (const one of sequence) {
          if (!(await send(handle, one))) break;
          // at once: they arrive while the run is on its way to the next gate
          if (atOnce) continue;
          const now = await settled(handle);
          checkStep(before_, now, one);
          before_ = now;
        }
        await handle.signal('resume').catch(onlyClosed);
        await settled(handle);
        await handle.signal('abort').catch(onlyClosed);
        checkRecord(await ended(stack, handle), sequence);
      }),
      { numRuns: 16, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: false },
    );
  },
);

/** Whether the run was still open to take it. */
async function send(handle: WorkflowHandle, { name: action, via, payload: given }: Sent): Promise<boolean> {
  try {
    if (via === 'signal') await handle.signal(action, given);
    else
      await handle.executeUpdate('decide', {
        args: [typeof given === 'object' && given !== null ? { action, ...given } : given],
      });
    return true;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) return true;
    onlyClosed(error);
    return false;
  }
}

/** The run when nothing moves: it waits for people, or has ended. */
async function settled(handle: WorkflowHandle): Promise<RunStatus> {
  const status = await untilStatus(
    stack,
    handle,
    ({ state, openGates }) => openGates.length > 0 || ['paused', 'completed', 'failed', 'aborted'].includes(state),
  );
  if (status.state !== 'paused' || status.openGates.length > 0) return status;
  // an agent that is at work when the run is paused ends its phase; a phase that has not begun is held
  await until(async () => !pendingPhase(await handle.describe()), 40_000);
  return stack.status(handle);
}

const ids = ({ openGates }: RunStatus): string[] => openGates.map(({ requestId }) => requestId).sort();

/** One decision moves the run by one step at most. */
function checkStep(was: RunStatus, now: RunStatus, one: Sent): void {
  const what = `${JSON.stringify(one)}: ${JSON.stringify(ids(was))} → ${JSON.stringify(ids(now))}`;
  const approvals = (status: RunStatus) => status.openGates.reduce((sum, { approvedBy }) => sum + approvedBy.length, 0);
  const gone = ids(was).filter((id) => !ids(now).includes(id));
  const revisions = (status: RunStatus) => status.phases.reduce((sum, phase) => sum + phase.revisions, 0);
  for (const phase of now.phases) assert.ok(phase.revisions <= phase.maxRevisions, what);
  if (revisions(now) > revisions(was))
    return assert.deepEqual([one.name, revisions(now) - revisions(was)], ['requestChanges', 1], what);
  if (['failed', 'aborted'].includes(now.state) && now.state !== was.state)
    return assert.ok(['reject', 'abort'].includes(one.name), what);
  assert.ok(gone.length <= 1, what);
  if (gone.length === 1) assert.equal(one.name, 'approve', what);
  const gained = ids(now).length - ids(was).length + gone.length;
  assert.ok(
    gained === 0 || (gone.length === 1 && ids(was).length === 1),
    `new gates open only when the last one is passed: ${what}`,
  );
  if (gone.length === 0) assert.ok(approvals(now) - approvals(was) <= (one.name === 'approve' ? 1 : 0), what);
}

function checkRecord({ events, state }: Ended, sequence: readonly Sent[]): void {
  const resolved = events.filter(({ type }) => type === 'approval_resolved').map(({ payload: facts }) => facts);
  assert.equal(
    new Set(resolved.map(({ decisionId }) => decisionId)).size,
    resolved.length,
    'each decision is applied once',
  );
  const complete = resolved.filter((facts) => facts.complete !== false).map(({ requestId }) => requestId);
  assert.equal(new Set(complete).size, complete.length, 'each gate is decided once');
  for (const { requestId } of resolved.filter(({ gate, action }) => gate === 'security' && action === 'approve')) {
    const people = resolved
      .filter((facts) => facts.requestId === requestId && facts.action === 'approve')
      .map(({ by }) => by);
    assert.equal(new Set(people).size, people.length, 'two approvals are by two people');
    assert.ok(!people.includes(null));
  }
  const ignored = events.filter(({ type }) => type === 'decision_ignored').length;
  assert.ok(resolved.length + ignored <= sequence.length + 4, 'nothing is applied that nobody sent');
  if (state === 'completed')
    assert.ok(
      ['lead', 'security', 'final'].every((gate) =>
        resolved.some((facts) => facts.gate === gate && facts.action === 'approve'),
      ),
    );
}

function onlyClosed(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
