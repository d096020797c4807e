import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import type { Template } from '../../src/domain/template/template.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, type Ended } from '../support/ended.js';
import { startTestStack, startTestWorker, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { reportFault } from './support/fault-line.js';

const PATIENT: Partial<Template> = { onHumanRequired: 'wait', onBudget: 'wait' };

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ modelCallTimeoutMs: 120_000 });
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('gated', [{ key: 'note', gates: ['lead'] }]);
  await stack.template('patient', [{ key: 'note', gates: ['lead'] }], PATIENT);
});
after(() => stack.stop());

/** The end of a run that was stopped; what became of its record and of its model calls goes to the table. */
async function stopped(
  fault: string,
  handle: WorkflowHandle,
  { by, asked, began }: { by: string | null; asked: () => number; began: number },
): Promise<Ended> {
  const before_ = asked();
  const end = await ended(stack, handle);
  const recoverMs = Date.now() - began;
  const named = end.events.filter(({ type, payload }) => type === 'run_aborted' && payload.by === by);
  const [runsLost, eventsLost, callsRepeated] = [
    end.temporal === 'CANCELLED' ? 0 : 1,
    1 - named.length,
    asked() - before_,
  ];
  reportFault({ fault, tried: 1, runsLost, eventsLost, callsRepeated, recoverMs });
  assert.deepEqual(
    { runsLost, eventsLost, callsRepeated, ended: end.temporal },
    { runsLost: 0, eventsLost: 0, callsRepeated: 0, ended: 'CANCELLED' },
  );
  assert.ok(
    !end.events.some(
      ({ type, payload }) =>
        type === 'run_paused' || type === 'approval_requested' || payload.code === 'internal_error',
    ),
  );
  return end;
}

describe('an abort before the first workflow task: nothing is planned or paid', () => {
  for (const template of ['one', 'gated']) {
    for (const how of ['while no worker runs', 'with the start', 'a cancel while no worker runs'] as const) {
      test(`${template}: ${how}`, { timeout: 120_000 }, async () => {
        const persona = await stack.persona([]);
        const taskQueue = `early-${randomUUID()}`;
        const input = { template, repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } };
        const start = { taskQueue, workflowId: `early-${persona.name}`, args: [input] as [object] };
        const abort = { by: 'ann', comment: 'the wrong repository' };
        const handle =
          how === 'with the start'
            ? await stack.client.workflow.signalWithStart(WORKFLOW_TYPE, {
                ...start,
                signal: 'abort',
                signalArgs: [abort],
              })
            : await stack.client.workflow.start(WORKFLOW_TYPE, start);
        if (how === 'while no worker runs') await handle.signal('abort', abort);
        if (how === 'a cancel while no worker runs') await handle.cancel();
        const began = Date.now();
        const stopWorker = await startTestWorker(stack, { taskQueue });
        const asked = () => stack.model.requests.filter(({ model }) => model === persona.model).length;
        const by = how === 'a cancel while no worker runs' ? null : 'ann';
        const end = await stopped(`${by ? 'abort' : 'cancel'} before the first task`, handle, {
          by,
          asked,
          began,
        }).finally(stopWorker);
        assert.equal(asked(), 0);
        assert.deepEqual(
          end.events.map(({ type }) => type),
          ['run_created', 'run_aborted'],
        );
      });
    }
  }
});

/**
 * What the attempt ends with, some moments after the stop and before the worker's heartbeat tells the activity of it.
 */
const ENDS: Record<string, Behaviour> = {
  'the provider refuses the key': { status: 401 },
  'the provider is away': { status: 503 },
  'the reply breaks off': { fault: 'drop_mid_body' },
  'the artifact is written': { tools: [{ name: 'write_artifact', args: { title: 'a note' } }] },
};

describe(
  'an abort while an attempt fails: the run is Canceled, and the record names the abort',
  { concurrency: true },
  () => {
    let behind = 0;
    after(() => assert.ok(behind > 0, 'some attempts must have ended before they were told of the stop'));
    for (const [what, behaviour] of Object.entries(ENDS)) {
      for (const template of ['one', 'patient']) {
        for (const how of ['abort', 'cancel'] as const) {
          test(`${how}, ${template}: ${what}`, { timeout: 120_000 }, async () => {
            const persona = await stack.persona([{ ...behaviour, delayMs: 1_000 }]);
            const input = {
              template,
              repoPath: stack.repoPath,
              requirements: 'r',
              overrides: { worker: persona.name },
            };
            const handle = await stack.startRaw([input]);
            const asked = () => stack.model.requests.filter(({ model }) => model === persona.model).length;
            await until(() => asked() === 1, 60_000);
            const began = Date.now();
            await (how === 'abort' ? handle.signal('abort', { by: 'ann' }) : handle.cancel());
            await stopped(`${how} while an attempt fails`, handle, {
              by: how === 'abort' ? 'ann' : null,
              asked,
              began,
            });
            if (await endedBehindStop(handle)) behind++;
          });
        }
      }
    }
  },
);

/** Whether the phase's activity failed or completed by itself although the run was stopped. */
async function endedBehindStop(handle: WorkflowHandle): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  const phases = (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: made }) => made?.activityType?.name === 'executePhase',
  );
  const ids = new Set(phases.map(({ eventId }) => `${String(eventId)}`));
  return (events ?? []).some(
    ({ activityTaskFailedEventAttributes: failed, activityTaskCompletedEventAttributes: completed }) =>
      ids.has(`${String((failed ?? completed)?.scheduledEventId)}`),
  );
}
