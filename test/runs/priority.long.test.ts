import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

const BATCH = 200;
const PLACES = 2;
let stack: TestStack;
before(async () => {
  stack = await startTestStack({ concurrentPhases: PLACES });
  await stack.template('one', [{ key: 'work' }]);
});
after(() => stack.stop());

async function phaseTimes(handle: WorkflowHandle): Promise<{ scheduled: number; started: number }> {
  const { events } = await handle.fetchHistory();
  const ms = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
    Number(time?.seconds) * 1_000 + Number(time?.nanos ?? 0) / 1e6;
  const scheduled = events?.find(
    ({ activityTaskScheduledEventAttributes: task }) => task?.activityType?.name === 'executePhase',
  );
  const started = events?.find(
    ({ activityTaskStartedEventAttributes: task }) => String(task?.scheduledEventId) === String(scheduled?.eventId),
  );
  return { scheduled: ms(scheduled?.eventTime), started: ms(started?.eventTime) };
}

test('a batch of 200 runs keeps an interactive run waiting for the end of one phase at most', async (t) => {
  const slow = await stack.persona([{ delayMs: 400, times: 'always' }]);
  const input = (priority: 'batch' | 'interactive') => ({ priority, overrides: { worker: slow.name } });
  const batch: WorkflowHandle[] = [];
  for (let n = 0; n < BATCH; n += 1) batch.push(await stack.start('one', [], input('batch')));
  t.after(() => Promise.all(batch.map((handle) => handle.terminate().catch(() => undefined))));
  const urgent = await stack.start('one', [], input('interactive'));
  await untilStatus(stack, urgent, ({ state }) => state === 'completed').catch(() => undefined);
  await urgent.result();
  const { scheduled, started } = await phaseTimes(urgent);
  const times = await Promise.all(batch.map(phaseTimes));
  const waiting = times.filter((one) => one.scheduled < scheduled && !(one.started <= scheduled));
  const overtaking = times.filter((one) => one.started > scheduled && one.started < started);
  t.diagnostic(`${waiting.length} batch phases waited, ${overtaking.length} began before the interactive one`);
  assert.ok(waiting.length > BATCH / 2, `only ${waiting.length} waited: the batch ended too soon`);
  assert.ok(overtaking.length <= PLACES, `${overtaking.length} phases of the batch began first`);
});
