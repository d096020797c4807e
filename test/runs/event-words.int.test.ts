import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ended, untilGate, untilStatus, type Ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { invalidArtifacts } from '../support/invalid-artifacts.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }, { key: 'plan' }]);
  await stack.template('one', [{ key: 'note' }, { key: 'never' }]);
  await stack.template('parks', [{ key: 'note', timeout: '1s', maySkip: true }, { key: 'last' }], {
    onHumanRequired: 'wait',
  });
});
after(() => stack.stop());

/** Each event as `type` or `type phase`, in the order of the record. */
const words = ({ events }: Ended) =>
  events.map(({ type, phaseKey }) => (phaseKey === null ? type : `${type} ${phaseKey}`));
const untilState = (handle: WorkflowHandle, state: string) =>
  untilStatus(stack, handle, (status) => status.state === state);

test('S18: a run that is repaired, paused and approved tells it in these words, in this order', async () => {
  const handle = await stack.start('gated', [invalidArtifacts(1)], {}, { model: 'priced' });
  await untilGate(stack, handle);
  await handle.signal('pause');
  await untilState(handle, 'paused');
  await handle.signal('approve');
  // a signal each workflow task: applied in one, the run goes on before the phase has been closed
  await untilStatus(stack, handle, (status) => status.phases[0]?.state === 'completed');
  await handle.signal('resume');
  assert.deepEqual(words(await ended(stack, handle)), [
    'run_created',
    'run_started',
    'phase_started design',
    'artifact_invalid design',
    'prompt_repaired design',
    'artifact_validated design',
    'approval_requested design',
    'run_paused',
    'approval_resolved design',
    'phase_completed design',
    'run_resumed',
    'phase_started plan',
    'artifact_validated plan',
    'phase_completed plan',
    'run_completed',
  ]);
});

test('S18: a run that fails, and one that is aborted', async () => {
  const failed = await ended(
    stack,
    await stack.start('one', [{ status: 401, times: 'always' }], {}, { model: 'priced-1' }),
  );
  assert.deepEqual(words(failed), [
    'run_created',
    'run_started',
    'phase_started note',
    'phase_failed note',
    'run_failed',
  ]);
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  await handle.signal('abort', { by: 'ann' });
  assert.deepEqual(words(await ended(stack, handle)).slice(-3), [
    'approval_requested design',
    'phase_failed design',
    'run_aborted',
  ]);
});

test('S18: a phase out of time is told, and one that a person skips', async () => {
  const handle = await stack.start('parks', [{ fault: 'stall_body', times: 'always' }], {}, { model: 'priced-2' });
  await untilState(handle, 'paused');
  stack.model.script('priced-2', []);
  await handle.signal('skip', { by: 'ann' });
  assert.deepEqual(words(await ended(stack, handle)), [
    'run_created',
    'run_started',
    'phase_started note',
    'artifact_timeout note',
    'prompt_repaired note',
    'artifact_timeout note',
    'phase_failed note',
    'run_paused',
    'run_resumed',
    'phase_skipped note',
    'phase_started last',
    'artifact_validated last',
    'phase_completed last',
    'run_completed',
  ]);
});
