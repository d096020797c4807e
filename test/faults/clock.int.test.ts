import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';
import { allComplete, BUSY_PHASES, startBusyRuns, untilRequests } from './support/runs-in-flight.js';

const HOUR_MS = 3_600_000;
const CLOCK = new URL('../support/movable-clock.mjs', import.meta.url).href;

let stack: TestStack;
before(async () => {
  stack = await startTestStack({}, { worker: 'own' });
  await stack.template(
    'two',
    BUSY_PHASES.map((phase) => ({ ...phase, timeout: '60s', patience: '5m' })),
  );
});
after(async () => {
  killWorkers();
  await stack.stop();
});

test(
  "S19, S20: the clock of a worker's machine jumps 2 h forward, then 4 h back, while agents work and a provider is away",
  { timeout: 180_000 },
  async () => {
    const worker = startWorkerProcess(stack, {
      NODE_OPTIONS: `--import ${CLOCK}`,
      PHASEGATE_TEST_JUMPS_MS: `${2 * HOUR_MS},${-4 * HOUR_MS}`,
    });
    await worker.ready;
    const runs = await startBusyRuns(stack, 'two', 3);
    const persona = await stack.persona([{ status: 503, times: 'always' }]);
    const handle = await stack.startRaw([
      { template: 'two', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
    ]);
    const refusals = () => stack.model.requests.filter(({ model }) => model === persona.model).length;
    await until(() => refusals() > 0);
    await untilRequests(runs, 3);
    for (const jumps of [1, 2]) {
      worker.process.kill('SIGHUP');
      await until(() => worker.output().split('the clock says').length > jumps);
      // the provider fails again after the jump: five minutes of patience are not used up by two hours that nobody
      // waited
      const before = refusals();
      await until(
        () => refusals() > before,
        60_000,
        async () => `no further try: ${JSON.stringify(await stack.status(handle))}`,
      );
      await untilRequests(runs, 3);
    }
    stack.model.script(persona.model, []);
    runs.finish();
    assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
    await allComplete(stack, "the clock of a worker's machine jumps 2 h forward, then 4 h back", runs, {
      recoverMs: null,
    });
  },
);
