import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { allComplete, BUSY_PHASES, startBusyRuns, startRuns, untilRequests } from './support/runs-in-flight.js';

describe('S19, S20: PostgreSQL is away', { concurrency: 3 }, () => {
  let stack: TestStack;
  before(async () => {
    stack = await startTestStack({}, { proxied: true });
    await stack.template('two', BUSY_PHASES);
    await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  });
  after(() => stack.stop());

  test('for two minutes while agents work, and while a run writes its last events', { timeout: 300_000 }, async () => {
    const atGate = await startRuns(stack, 'gated', 1);
    await untilGate(stack, atGate.handles[0]!);
    const runs = await startBusyRuns(stack, 'two', 4, 500);
    await untilRequests(runs, 3);
    stack.proxy?.cut();
    await atGate.handles[0]!.signal('approve');
    await sleep(120_000);
    const paid = runs.requests();
    stack.proxy?.mend();
    const recoverMs = await untilRequests(runs, 1, 90_000);
    runs.finish();
    assert.ok(paid <= runs.requests());
    await allComplete(stack, 'PostgreSQL away for 2 minutes in the middle of phases', runs, { recoverMs });
    await allComplete(stack, 'PostgreSQL away for 2 minutes at the last events of a run', atGate, { recoverMs: null });
  });

  test('while a run that waits for a place is aborted: its record is complete when PostgreSQL is back', async () => {
    const busy = await startTestStack({ concurrentPhases: 1, modelCallTimeoutMs: 300_000 }, { proxied: true });
    try {
      await busy.template('one', [{ key: 'note' }]);
      const working = await busy.start('one', [{ delayMs: 240_000 }]);
      await until(() => busy.model.requests.length === 1, 30_000);
      const waiting = await busy.start('one');
      await untilStatus(busy, waiting, ({ phases }) => phases[0]?.state === 'running');
      busy.proxy?.cut();
      await waiting.signal('abort');
      await sleep(2_000);
      busy.proxy?.mend();
      const { events } = await ended(busy, waiting);
      assert.deepEqual(
        events.map(({ type }) => type),
        ['run_created', 'run_started', 'phase_started', 'phase_failed', 'run_aborted'],
      );
      await working.terminate();
    } finally {
      await busy.stop();
    }
  });
});
