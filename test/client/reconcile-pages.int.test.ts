import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { SWEPT_AT_ONCE } from '../../src/domain/record/reconcile.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { startWaitingRuns, terminateAll } from '../support/waiting-runs.js';
import { clientOf, reconcilePass } from './support.js';

/** More than one page. */
const MANY = 120;

let stack: TestStack;
let client: ReturnType<typeof clientOf>;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  client = clientOf(stack);
});
after(() => stack.stop());

const pass = (...args: string[]) => reconcilePass(client, ...args);

/** Temporal's lists lag behind. */
async function untilListed(count: number): Promise<void> {
  const query = `TaskQueue = '${stack.config.taskQueue}' AND CloseTime IS NOT NULL AND WorkflowType = 'agentRun'`;
  await until(async () => (await stack.client.workflow.count(query)).count >= count);
}

test(
  'a pass asks for what closed since the last one: runs behind hundreds that wait are reached, page after page',
  { timeout: 300_000 },
  async () => {
    const waiting = await startWaitingRuns(stack, MANY);
    const closed = await startWaitingRuns(stack, MANY);
    await terminateAll(closed);
    await untilListed(MANY);
    const first = await pass();
    assert.deepEqual([first.closedCount, first.failed], [MANY, []]);
    assert.equal(first.looked, MANY + SWEPT_AT_ONCE, 'of those that wait a few are looked at, however many there are');

    const second = await pass();
    assert.deepEqual([second.closedCount, second.looked], [0, SWEPT_AT_ONCE]);

    const one = await stack.start('gated');
    await untilGate(stack, one);
    await one.terminate('wrong one');
    await untilListed(MANY + 1);
    const third = await pass();
    assert.deepEqual(
      third.closed.map(({ workflowId }) => workflowId),
      [one.workflowId],
    );
    assert.ok(third.looked <= 1 + SWEPT_AT_ONCE, `${third.looked} looked at`);

    // what Temporal no longer knows is never among what closed: a full pass finds it, and others by and by
    const forget = async (handle: WorkflowHandle) => {
      const workflowExecution = { workflowId: handle.workflowId };
      await stack.client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
      await until(() =>
        handle.describe().then(
          () => false,
          () => true,
        ),
      );
    };
    await forget(waiting.pop()!);
    const full = await pass('--full');
    assert.deepEqual([full.looked, full.closed.map(({ code }) => code)], [MANY, ['run_lost']]);
    await forget(waiting.pop()!);
    const found: (string | null)[] = [];
    for (let n = 0; n <= MANY / SWEPT_AT_ONCE; n++) found.push(...(await pass()).closed.map(({ code }) => code));
    assert.deepEqual(found, ['run_lost']);
    await terminateAll(waiting);
  },
);

test(
  'a run that could not be closed is looked at again, however long ago it closed',
  { timeout: 120_000 },
  async () => {
    const handle = await stack.start('gated');
    const { run } = await untilGate(stack, handle);
    await handle.terminate();
    await stack.mirror.pool.query(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.run_id::text = TG_ARGV[0] THEN RAISE EXCEPTION 'a broken row'; END IF;
    RETURN NEW; END $$`);
    await stack.mirror.pool.query(
      `CREATE TRIGGER broken BEFORE INSERT ON run_events FOR EACH ROW EXECUTE FUNCTION broken('${run.runId}')`,
    );
    await until(async () => (await pass()).failed.some(({ workflowId }) => workflowId === handle.workflowId), 60_000);
    // much later: passes that found nothing else went by
    const { rows } = await stack.mirror.pool.query<{ looked_until: Date }>('SELECT looked_until FROM reconcile_marks');
    const { closeTime } = await handle.describe();
    assert.ok(rows[0]!.looked_until <= closeTime!, 'the mark stays before what is left');
    await stack.mirror.pool.query('DROP TRIGGER broken ON run_events');
    assert.deepEqual(
      (await pass()).closed.map(({ workflowId }) => workflowId),
      [handle.workflowId],
    );
    await assert.rejects(handle.result());
    assert.equal((await stack.mirror.findRun(run.runId))?.state, 'failed');
    const next = await stack.start('gated');
    await untilGate(stack, next);
    await next.signal('abort');
    await ended(stack, next);
  },
);
