import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ shutdownGraceMs: 300 }, { worker: 'own' });
  await stack.template('two', [{ key: 'design' }, { key: 'plan' }]);
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
});
after(async () => {
  killWorkers();
  await stack.stop();
});

/** The small agent's own conversation: some reads, then the artifact; each reply takes a while, so that a kill can hit it. */
const SLOWLY = [{ delayMs: 150, times: 'always' as const }];

test('S20, S21: a worker killed at random moments: the run completes, and no completed model call is made again', async () => {
  let [kills, repeated] = [0, 0];
  for (const moment of [0, 120, 250, 400, 550, 700, 900, 1_200]) {
    const persona = await stack.persona(SLOWLY);
    const victim = startWorkerProcess(stack);
    await victim.ready;
    const handle = await stack.startRaw([{ template: 'two', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } }]);
    await sleep(300 + moment);
    victim.process.kill('SIGKILL');
    await victim.ended;
    kills++;
    const heir = startWorkerProcess(stack);
    await heir.ready;
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', `killed after ${moment} ms: ${end.message}`);
    assert.deepEqual(end.report.phases.map(({ attempts }) => attempts), [1, 1], 'no repair attempt was used up');
    const requests = stack.model.requests.filter(({ model }) => model === persona.model).length;
    repeated += requests - end.report.totals.calls;
    assert.ok(requests - end.report.totals.calls <= 1, 'at most the call in flight is made again');
    heir.process.kill('SIGTERM');
    assert.equal(await heir.ended, 0);
  }
  console.log(`${kills} kills, ${repeated} calls in flight were lost`);
});

test('S22: SIGTERM drains and exits 0; another worker goes on, and no repair attempt is used up', async () => {
  const persona = await stack.persona([{ delayMs: 3_000 }, { delayMs: 3_000 }]);
  const first = startWorkerProcess(stack);
  await first.ready;
  const handle = await stack.startRaw([{ template: 'two', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } }]);
  while (!stack.model.requests.some(({ model }) => model === persona.model)) await sleep(20);
  first.process.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  const second = startWorkerProcess(stack);
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual(end.report.phases.map(({ attempts }) => attempts), [1, 1]);
  assert.deepEqual(end.events.filter(({ type }) => type === 'run_paused' || type === 'run_aborted'), []);
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
