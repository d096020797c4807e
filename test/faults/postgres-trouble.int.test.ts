import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { allComplete, startRuns } from './support/runs-in-flight.js';

describe('S19, S20: PostgreSQL in trouble', { concurrency: 4 }, () => {
  let stack: TestStack;
  let direct: pg.Pool;
  before(async () => {
    stack = await startTestStack();
    await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
    direct = new pg.Pool({ connectionString: stack.databaseUrl });
  });
  after(async () => {
    await direct.end();
    await stack.stop();
  });

  test('a statement runs into its time-out: the rows of a run are locked for 35 s', { timeout: 120_000 }, async () => {
    const runs = await startRuns(stack, 'gated', 1);
    const { run } = await untilGate(stack, runs.handles[0]!);
    const locker = await direct.connect();
    await locker.query('BEGIN');
    await locker.query('SELECT 1 FROM runs WHERE id = $1 FOR UPDATE', [run.runId]);
    await runs.handles[0]!.signal('approve');
    await sleep(35_000);
    await locker.query('COMMIT');
    locker.release();
    const began = Date.now();
    await runs.handles[0]!.result();
    await allComplete(stack, 'a statement time-out (rows locked for 35 s)', runs, { recoverMs: Date.now() - began });
  });

  test('the disk is full (SQLSTATE 53100) for 8 s', { timeout: 120_000 }, async () => {
    // a real error of the server with that state: a disk can't be filled here
    await direct.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.run_id::text = TG_ARGV[0] THEN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$`);
    const runs = await startRuns(stack, 'gated', 1);
    const { run } = await untilGate(stack, runs.handles[0]!);
    await direct.query(
      `CREATE TRIGGER full_disk BEFORE INSERT ON run_events FOR EACH ROW EXECUTE FUNCTION full_disk('${run.runId}')`,
    );
    await runs.handles[0]!.signal('approve');
    await sleep(8_000);
    await direct.query('DROP TRIGGER full_disk ON run_events');
    const began = Date.now();
    await runs.handles[0]!.result();
    await allComplete(stack, 'the disk of PostgreSQL is full (53100) for 8 s', runs, { recoverMs: Date.now() - began });
  });
});
