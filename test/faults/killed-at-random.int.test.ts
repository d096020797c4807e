import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestStack, type TestStack } from '../support/stack.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';
import { allComplete, BUSY_PHASES, startRuns, untilRequests, type RunsInFlight } from './support/runs-in-flight.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ shutdownGraceMs: 300 }, { worker: 'own' });
  await stack.template('two', BUSY_PHASES);
});
after(async () => {
  killWorkers();
  await stack.stop();
});

const KILLS = 50;
const callsInFlight = () =>
  stack.model.requests.filter(({ at }) => Date.now() - Date.parse(at) < CALL_MS + ANSWER_MS).length;
/** Each reply takes a while, so that a kill can hit it; and then it must be received and kept. */
const CALL_MS = 250;
const ANSWER_MS = 300;

test(
  'S20, S21: workers killed at 50 random moments: every run completes, and no completed model call is made again',
  { timeout: 900_000 },
  async () => {
    const start = () => startWorkerProcess(stack);
    const workers = [start(), start()];
    await Promise.all(workers.map(({ ready }) => ready));
    const all: RunsInFlight[] = [];
    let inFlight = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const victim = workers.shift()!;
      await victim.ready;
      const started = await startRuns(stack, 'two', 1, CALL_MS);
      all.push(started);
      await untilRequests(started, 1);
      // within a call, between calls, in validation, between artifact and mirror, in the next phase
      await sleep(Math.random() * 2_000);
      inFlight += callsInFlight();
      victim.process.kill('SIGKILL');
      workers.push(start());
      // else the server hands the next run to the dead worker's open poll, and waits 10 s for its workflow task
      await sleep(400);
    }
    const runs: RunsInFlight = {
      handles: all.flatMap(({ handles }) => handles),
      requests: () => all.reduce((sum, { requests }) => sum + requests(), 0),
    };
    console.log(`${inFlight} calls were in flight at the ${KILLS} kills`);
    await allComplete(stack, `${KILLS} kills of workers at random moments, ${runs.handles.length} runs`, runs, {
      recoverMs: null,
      mayRepeat: inFlight,
      tried: KILLS,
    });
    for (const worker of workers) worker.process.kill('SIGTERM');
    for (const worker of workers) assert.equal(await worker.ended, 0);
  },
);
