import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test, type TestContext } from 'node:test';
import { ApplicationFailure, Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../src/domain/activity-contract.js';
import { RECONCILE_WORKFLOW_TYPE } from '../../src/domain/names.js';
import type { ReconcileMark, ReconciledPage, ReconcileResult } from '../../src/domain/record/reconcile.js';
import { createWorker } from '../../src/worker/create-worker.js';
import '../support/quiet-runtime.js';

const address = process.env.PHASEGATE_TEST_TEMPORAL ?? '';
const MARK = { lookedUntil: '2026-11-28T12:00:00.000Z', sweptTo: 'run-7' };

let connection: NativeConnection;
let client: Client;
before(async () => {
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }) });
});
after(async () => {
  await client.connection.close();
  await connection.close();
});

/** A pass whose activities are these. @returns its result, in how many executions, and how the mark was moved */
async function passWith(t: TestContext, reconcileRuns: Activities['reconcileRuns'], options: object) {
  const taskQueue = `reconcile-${randomUUID()}`;
  const moves: (ReconcileMark | null)[][] = [];
  const activities = {
    reconcileRuns,
    findReopenedRuns: async () => ({ reopened: [], next: null }),
    readReconcileMark: async () => MARK,
    moveReconcileMark: async (from: ReconcileMark | null, to: ReconcileMark) => void moves.push([from, to]),
  };
  const worker = await createWorker({
    payloadCodecs: [],
    connection,
    namespace: 'default',
    taskQueue,
    activities: activities as unknown as Activities,
    concurrentPhases: 1,
    shutdownGraceMs: 100,
  });
  const running = worker.run();
  t.after(async () => {
    worker.shutdown();
    await running;
  });
  const handle = await client.workflow.start(RECONCILE_WORKFLOW_TYPE, {
    taskQueue,
    workflowId: taskQueue,
    args: [options],
  });
  const result = (await handle.result()) as ReconcileResult;
  const { startTime } = await client.workflow.getHandle(taskQueue, handle.firstExecutionRunId).describe();
  const last = await client.workflow.getHandle(taskQueue).describe();
  return { result, moves, beganAt: startTime.getTime(), isContinued: last.runId !== handle.firstExecutionRunId };
}

const page = (more: Partial<ReconciledPage> = {}): ReconciledPage => ({
  looked: 1,
  closed: [],
  failed: [],
  leftSince: null,
  next: null,
  ...more,
});

test(
  'a pass of more pages than one execution has goes on in another, and moves the mark once, at its end',
  { timeout: 120_000 },
  async (t) => {
    const seen: unknown[] = [];
    const work: Activities['reconcileRuns'] = async ({ after: from, of }) => {
      seen.push(JSON.stringify(of));
      if ('all' in of)
        return page({ looked: 0, next: from === 'run-7' ? 'run-57' : null, leftSince: '2020-01-01T00:00:00.000Z' });
      const n = Number(from ?? 0) + 1;
      return page({ next: n < 130 ? String(n) : null, leftSince: n === 7 ? '2026-11-27T00:00:00.000Z' : null });
    };
    const { result, moves, isContinued } = await passWith(t, work, { settleMs: 0 });
    assert.deepEqual([result.looked, isContinued], [130, true]);
    assert.deepEqual(
      new Set(seen.slice(0, 130)),
      new Set(['{"closedSince":"2026-11-28T11:00:00.000Z"}']),
      'every page asks for the same',
    );
    assert.deepEqual(
      seen.slice(130),
      ['{"all":50}'],
      'and a few of all are looked at, behind those of the pass before',
    );
    assert.deepEqual(
      moves,
      [[MARK, { lookedUntil: '2026-11-27T00:00:00.000Z', sweptTo: 'run-57' }]],
      'to what was left in an execution before',
    );
  },
);

test(
  'a full pass looks at all, and moves the mark, too, by the time that what may be closing gets',
  { timeout: 60_000 },
  async (t) => {
    const seen: unknown[] = [];
    const work: Activities['reconcileRuns'] = async ({ of }) => {
      seen.push(of);
      return page();
    };
    const { moves, beganAt } = await passWith(t, work, { settleMs: 5_000, full: true });
    assert.deepEqual(seen, [{ all: 100 }]);
    assert.deepEqual(moves, [[MARK, { lookedUntil: new Date(beganAt - 5_000).toISOString(), sweptTo: null }]]);
  },
);

test('a pass that breaks off moves no mark', { timeout: 60_000 }, async (t) => {
  const moved: unknown[] = [];
  const work: Activities['reconcileRuns'] = async ({ after: from }) => {
    if (from !== null) throw ApplicationFailure.nonRetryable('a function is missing', 'mirror_not_migrated');
    return page({ next: 'more' });
  };
  await assert.rejects(passWith(t, work, { settleMs: 0 }).then(({ moves }) => moved.push(...moves)));
  assert.deepEqual(moved, []);
});
