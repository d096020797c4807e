import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import pg from 'pg';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

const PHASE_S = 6;
let stack: TestStack;
let direct: pg.Pool;
before(async () => {
  stack = await startTestStack({}, { proxied: true });
  await stack.template('short', [{ key: 'note', timeout: `${PHASE_S}s`, attempts: 2 }]);
  direct = new pg.Pool({ connectionString: stack.databaseUrl });
});
after(async () => {
  await direct.end();
  await stack.stop();
});

/** Another session that lets nobody write messages, and nobody read them either where it is `ACCESS EXCLUSIVE`. */
async function lockConversations(t: TestContext, mode: string): Promise<() => Promise<void>> {
  const locker = await direct.connect();
  await locker.query('BEGIN');
  await locker.query(`LOCK TABLE conversation_messages IN ${mode} MODE`);
  let isLocked = true;
  const unlock = async (): Promise<void> => {
    if (!isLocked) return;
    isLocked = false;
    await locker.query('COMMIT');
    locker.release();
  };
  t.after(unlock);
  return unlock;
}

async function pendingPhase(handle: WorkflowHandle) {
  const [phase] = (await handle.describe()).raw.pendingActivities ?? [];
  return { attempt: phase?.attempt, beat: Number(phase?.lastHeartbeatTime?.seconds ?? 0) };
}

/** A run whose first request is on its way to the model, which takes a moment to answer. */
async function asked(delayMs = 700): Promise<{ handle: WorkflowHandle; requests: () => number }> {
  const { name, model } = await stack.persona([{ delayMs, tools: [{ name: 'write_artifact', args: { title: 'a' } }] }]);
  const requests = (): number => stack.model.requests.filter((request) => request.model === model).length;
  const input = { template: 'short', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
  const handle = await stack.startRaw([input]);
  await until(() => requests() === 1);
  return { handle, requests };
}

for (const mode of ['EXCLUSIVE', 'ACCESS EXCLUSIVE'] as const)
  test(`S20: a paid reply is kept although its write hangs for longer than the attempt's time (${mode})`, async (t) => {
    const { handle, requests } = await asked();
    const unlock = await lockConversations(t, mode);
    await sleep(PHASE_S * 1_000);
    const early = await pendingPhase(handle);
    await until(async () => (await pendingPhase(handle)).beat > early.beat);
    assert.equal((await pendingPhase(handle)).attempt, 1, 'the attempt goes on');
    await unlock();
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    assert.deepEqual([end.report.totals.calls, end.report.phases[0]?.attempts], [1, 1]);
    assert.equal(requests(), 1, 'the call is paid once');
  });

test('S20: an abort ends a run at once whose paid reply can not be kept', async (t) => {
  const { handle } = await asked();
  const unlock = await lockConversations(t, 'EXCLUSIVE');
  await sleep(3_000);
  const began = performance.now();
  await handle.signal('abort', { by: 'ann' });
  await assert.rejects(handle.result());
  const tookMs = performance.now() - began;
  assert.ok(tookMs < 6_000, `${tookMs} ms`);
  await unlock();
  assert.equal((await ended(stack, handle)).temporal, 'CANCELLED');
});

test('S20: a call that failed for good is in the ledger although PostgreSQL was away then', async () => {
  const { name, model } = await stack.persona([{ delayMs: 700, status: 401 }]);
  const input = { template: 'short', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
  const handle = await stack.startRaw([input]);
  await until(() => stack.model.requests.some((request) => request.model === model));
  stack.proxy?.cut();
  await sleep(4_000);
  stack.proxy?.mend();
  const end = await ended(stack, handle);
  assert.equal(end.code, 'model_auth_failed');
  const { rows } = await direct.query('SELECT status, error_code FROM llm_calls WHERE run_id = $1', [end.report.runId]);
  assert.deepEqual(rows, [{ status: 'error', error_code: 'model_auth_failed' }]);
});
