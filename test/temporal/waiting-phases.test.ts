import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { RunEvent } from '../../src/domain/record/events.js';
import type { PhaseTask } from '../../src/domain/phase-contract.js';
import type { RunRef } from '../../src/domain/run-state.js';
import { WaitingPhases } from '../../src/temporal/waiting-phases.js';

// with real servers: test/runs/busy-worker, test/faults/postgres-away

const { PENDING_ACTIVITY_STATE_SCHEDULED, PENDING_ACTIVITY_STATE_STARTED } =
  proto.temporal.api.enums.v1.PendingActivityState;

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

test('only a phase that has not begun after half a second is told', async () => {
  const { waiting, told, note, pass } = setUp();
  note('a');
  note('b');
  waiting.begin(phaseOf('a'));
  await pass(400);
  assert.deepEqual(told, []);
  await pass(2_000);
  assert.deepEqual(told, ['b']);
  await pass(60_000);
  assert.deepEqual(told, ['b'], 'once');
  assert.equal(waiting.begin(phaseOf('a')).events.length, 1);
  assert.equal(waiting.begin(phaseOf('b')).events.length, 0, 'they are in the mirror');
});

test('one that began elsewhere, or that history has another in place of, is not told', async () => {
  const { told, note, pass } = setUp({
    state: (run) => (run === 'run-a' ? PENDING_ACTIVITY_STATE_STARTED : PENDING_ACTIVITY_STATE_SCHEDULED),
    occurrence: (run) => (run === 'run-b' ? 'another' : 'c'),
  });
  for (const name of ['a', 'b', 'c']) note(name);
  await pass(4_000);
  assert.deepEqual(told, ['c']);
});

test('one that can not be told is tried again and holds up no other', async () => {
  let failures = 0;
  const { waiting, told, note, pass } = setUp({ fails: (name) => name === 'a' && failures++ < 3 });
  note('a');
  note('b');
  await pass(7_000);
  assert.deepEqual(told, ['b']);
  await pass(20_000);
  assert.deepEqual(told, ['b', 'a']);
  note('c');
  await waiting.close();
  await pass(20_000);
  assert.deepEqual(told, ['b', 'a'], 'none after the end');
});

function phaseOf(occurrence: string, runId = `run-${occurrence}`): PhaseTask {
  const event: RunEvent = {
    type: 'phase_started',
    phaseKey: 'note',
    payload: {},
    idempotencyKey: `phase_started:${occurrence}`,
    ts: '2026-11-28T00:00:00.000Z',
  };
  return { run: { runId }, occurrence, events: [event] } as PhaseTask;
}

interface Scripted {
  state?: (run: string) => number;
  occurrence?: (run: string) => string;
  fails?: (name: string) => boolean;
}

/** Runs `run-a` … with the phases `a` …, and a Temporal that knows of them what the script says. */
function setUp({
  state = () => PENDING_ACTIVITY_STATE_SCHEDULED,
  occurrence = (run) => run.replace('run-', ''),
  fails = () => false,
}: Scripted = {}) {
  const told: string[] = [];
  const client = {
    options: { namespace: 'default' },
    workflow: {
      getHandle: (_: string, run: string) => ({
        describe: async () => ({
          raw: { pendingActivities: [{ activityType: { name: 'executePhase' }, state: state(run) }] },
        }),
      }),
    },
    workflowService: {
      getWorkflowExecutionHistoryReverse: async ({ execution }: { execution: { runId: string } }) => {
        const input = {
          payloads: [defaultPayloadConverter.toPayload(phaseOf(occurrence(execution.runId), execution.runId))],
        };
        return {
          history: {
            events: [{}, { activityTaskScheduledEventAttributes: { activityType: { name: 'executePhase' }, input } }],
          },
        };
      },
    },
  };
  const mirror = {
    appendEvents: async ({ runId }: RunRef) => {
      const name = runId.replace('run-', '');
      if (fails(name)) throw new Error('the mirror is away');
      told.push(name);
    },
  };
  const waiting = new WaitingPhases(client as unknown as Client, mirror);
  return {
    waiting,
    told,
    note: (name: string) =>
      void waiting.sinks.phases.scheduled.fn({ workflowId: name, runId: `run-${name}` } as WorkflowInfo, name),
    /**
     * Time of timers by steps, with what is then to be done. What is due is told by another clock, so that later ones
     * come later than in truth.
     */
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 100) {
        mock.timers.tick(100);
        for (let step = 0; step < 5; step++) await turn();
      }
    },
  };
}
