import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import pg from 'pg';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';
import { allComplete, BUSY_PHASES, startBusyRuns, untilRequests } from './support/runs-in-flight.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ shutdownGraceMs: 300 }, { worker: 'own' });
  await stack.template('two', BUSY_PHASES);
});
afterEach(killWorkers);
after(async () => {
  await stack.stop();
});

/** Any number: the trigger and the test mean the same lock by it. */
const LOCK = 4711;

test(
  'S20: attempts that a frozen worker begins when it thaws, while a newer one is at work elsewhere, step aside',
  { timeout: 180_000 },
  async () => {
    const database = new pg.Client({ connectionString: stack.databaseUrl });
    await database.connect();
    try {
      // the first thing that a phase does is to write events: there it is held, and frozen
      await database.query(
        `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${LOCK}); RETURN NEW; END $$`,
      );
      await database.query(
        `CREATE TRIGGER hold BEFORE INSERT ON run_events FOR EACH ROW WHEN (NEW.type = 'phase_started') EXECUTE FUNCTION hold()`,
      );
      await database.query(`SELECT pg_advisory_lock(${LOCK})`);
      // two places: the first attempt is frozen at work, the second on its way to a poll of the frozen worker; the
      // third goes to the heir
      const victim = startWorkerProcess(stack, { PHASEGATE_CONCURRENT_PHASES: '2' });
      await victim.ready;
      const runs = await startBusyRuns(stack, 'two', 1);
      await until(
        async () =>
          (
            await database.query(
              `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted`,
            )
          ).rowCount === 1,
      );
      victim.process.kill('SIGSTOP');
      await database.query(`SELECT pg_advisory_unlock(${LOCK})`);
      const heir = startWorkerProcess(stack);
      await heir.ready;
      await untilRequests(runs, 3);
      const newest = await pendingAttempt(runs.handles[0]!);
      victim.process.kill('SIGCONT');
      await until(
        () => victim.output().includes('a newer attempt works in the folder'),
        30_000,
        () => victim.output(),
      );
      await untilRequests(runs, 3);
      runs.finish();
      await allComplete(
        stack,
        'a worker frozen for longer than its heartbeat before it claimed the folder thaws, another has taken over',
        runs,
        { recoverMs: null },
      );
      const { events } = await runs.handles[0]!.fetchHistory();
      const attempts = events?.map(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? 0) ?? [];
      assert.equal(Math.max(...attempts), newest, 'the newest attempt went on to the end');
    } finally {
      await database.end();
    }
  },
);

test(
  'S20: a worker is frozen while its agent works, and thaws: the two attempts side by side in one process end as one run',
  { timeout: 180_000 },
  async () => {
    const worker = startWorkerProcess(stack);
    await worker.ready;
    const runs = await startBusyRuns(stack, 'two', 2);
    await untilRequests(runs, 4);
    worker.process.kill('SIGSTOP');
    // until the server has given the attempts up, and the next ones wait for a worker
    await until(
      async () => (await Promise.all(runs.handles.map(pendingAttempt))).every((attempt) => attempt >= 2),
      60_000,
    );
    worker.process.kill('SIGCONT');
    await untilRequests(runs, 6);
    runs.finish();
    await allComplete(stack, 'a worker frozen for longer than its heartbeat thaws', runs, {
      recoverMs: null,
      mayRepeat: 4,
    });
  },
);

/** Temporal's number of the attempt that is under way, or waits for a worker. */
async function pendingAttempt(handle: WorkflowHandle): Promise<number> {
  const { raw } = await handle.describe();
  return raw.pendingActivities?.[0]?.attempt ?? 0;
}
