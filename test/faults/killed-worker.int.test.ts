import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';
import { allComplete, BUSY_PHASES, startBusyRuns, untilRequests } from './support/runs-in-flight.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ shutdownGraceMs: 300 }, { worker: 'own' });
  await stack.template('two', BUSY_PHASES);
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
});
after(async () => {
  killWorkers();
  await stack.stop();
});

const HEARTBEAT_TIMEOUT_MS = 10_000;

test('S20: what a killed worker was doing goes on elsewhere within the heartbeat time-out and 2 s', async () => {
  const times: number[] = [];
  for (const moment of [0, 300, 600]) {
    const victim = startWorkerProcess(stack);
    await victim.ready;
    const runs = await startBusyRuns(stack, 'two', 1);
    await untilRequests(runs, 1);
    const heir = startWorkerProcess(stack);
    await heir.ready;
    await sleep(moment);
    victim.process.kill('SIGKILL');
    const killed = Date.now();
    const recoverMs = await untilRequests(runs, 1);
    runs.finish();
    await allComplete(stack, 'a worker killed with kill -9, another takes over', runs, { recoverMs, mayRepeat: 1 });
    times.push((await startOfSecondTry(runs.handles[0]!)) - killed);
    heir.process.kill('SIGTERM');
    assert.equal(await heir.ended, 0);
  }
  // 10 s without a heartbeat, the retry policy's first pause of 1 s, and room for the server's own timers
  // the middle one of three: once the machine may have had other work
  const [, middle = Infinity] = times.sort((a, b) => a - b);
  assert.ok(middle < HEARTBEAT_TIMEOUT_MS + 2_000 + 1_000, times.join(', '));
});

/**
 * When the killed worker's activity began again (epoch ms), by the server's clock: how quick the agent is then is the
 * machine's affair.
 */
async function startOfSecondTry(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const again = events?.find(
    ({ activityTaskStartedEventAttributes: started }) => (started?.attempt ?? 0) > 1,
  )?.eventTime;
  assert.ok(again, 'no activity has a second try');
  return Number(again.seconds) * 1000 + Number(again.nanos) / 1e6;
}

test('S22: SIGTERM drains and exits 0; another worker goes on, and no repair attempt is used up', async () => {
  const persona = await stack.persona([{ delayMs: 3_000 }, { delayMs: 3_000 }]);
  const first = startWorkerProcess(stack);
  await first.ready;
  const handle = await stack.startRaw([
    { template: 'two', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
  ]);
  await until(() => stack.model.requests.some(({ model }) => model === persona.model));
  first.process.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  const second = startWorkerProcess(stack);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual(
    end.report.phases.map(({ attempts }) => attempts),
    [1, 1],
  );
  assert.deepEqual(
    end.events.filter(({ type }) => type === 'run_paused' || type === 'run_aborted'),
    [],
  );
  second.process.kill('SIGINT');
  assert.equal(await second.ended, 0);
});

test('S20: a run that waits at a gate survives every worker; its decision is kept while none runs', async () => {
  const first = startWorkerProcess(stack);
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  first.process.kill('SIGKILL');
  await first.ended;
  await handle.signal('approve', { by: 'ann' });
  const second = startWorkerProcess(stack);
  await untilStatus(stack, handle, ({ state }) => state === 'completed');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
  second.process.kill('SIGTERM');
  await second.ended;
});
