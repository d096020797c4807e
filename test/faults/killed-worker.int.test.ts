import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLONE } from '../../src/local/clone.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { allComplete, BUSY_PHASES, startBusyRuns, startRuns, untilRequests, type RunsInFlight } from './support/runs-in-flight.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';

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
const KILLS = 50;
const callsInFlight = () => stack.model.requests.filter(({ at }) => Date.now() - Date.parse(at) < CALL_MS + ANSWER_MS).length;
/** Each reply takes a while, so that a kill can hit it; and then it must be received and kept. */
const CALL_MS = 250;
const ANSWER_MS = 100;

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
    times.push(await untilRequests(runs, 1));
    runs.finish();
    await allComplete(stack, 'a worker killed with kill -9, another takes over', runs, { recoverMs: times.at(-1) ?? null, mayRepeat: 1 });
    heir.process.kill('SIGTERM');
    assert.equal(await heir.ended, 0);
  }
  // 10 s without a heartbeat, the retry policy's first pause of 1 s, and room for the server's own timers
  assert.ok(Math.max(...times) < HEARTBEAT_TIMEOUT_MS + 2_000 + 1_000, times.join(', '));
});

test('S20, S21: workers killed at 50 random moments: every run completes, and no completed model call is made again', { timeout: 600_000 }, async (t) => {
  const built = mkdtempSync(path.join(CLONE, '.phasegate', 'test-build-'));
  t.after(() => rmSync(built, { recursive: true, force: true }));
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts', built], { cwd: CLONE });
  const start = () => startWorkerProcess(stack, {}, path.join(built, 'worker.js'));
  const workers = [start(), start()];
  await Promise.all(workers.map(({ ready }) => ready));
  const all: RunsInFlight[] = [];
  let inFlight = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const victim = workers.shift()!;
    await victim.ready;
    const started = await startRuns(stack, 'two', 1, CALL_MS);
    all.push(started);
    await untilRequests(started, 1, 30_000);
    // within a call, between calls, in validation, between artifact and mirror, in the next phase
    await sleep(Math.random() * 2_000);
    inFlight += callsInFlight();
    victim.process.kill('SIGKILL');
    workers.push(start());
    // else the server hands the next run to the dead worker's open poll, and waits 10 s for its workflow task (seen)
    await sleep(400);
  }
  const runs: RunsInFlight = { handles: all.flatMap(({ handles }) => handles), requests: () => all.reduce((sum, { requests }) => sum + requests(), 0) };
  console.log(`${inFlight} calls were in flight at the ${KILLS} kills`);
  await allComplete(stack, `${KILLS} kills of workers at random moments, ${runs.handles.length} runs`, runs, { recoverMs: null, mayRepeat: inFlight, tried: KILLS });
  for (const worker of workers) worker.process.kill('SIGTERM');
  for (const worker of workers) assert.equal(await worker.ended, 0);
});

test('S22: SIGTERM drains and exits 0; another worker goes on, and no repair attempt is used up', async () => {
  const persona = await stack.persona([{ delayMs: 3_000 }, { delayMs: 3_000 }]);
  const first = startWorkerProcess(stack);
  await first.ready;
  const handle = await stack.startRaw([{ template: 'two', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } }]);
  await until(() => stack.model.requests.some(({ model }) => model === persona.model));
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
