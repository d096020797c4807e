import { coded, signal, type ActivatedRun, type Job } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { money } from '../../src/domain/money/amount.js';
import { noUsage, type Usage } from '../../src/domain/money/usage.js';
import { atWork } from './support/runs.js';

const paid = (calls: number, microUsd: number, more: Partial<Usage> = {}): Usage => ({
  ...noUsage(),
  calls,
  costMicroUsd: money(microUsd),
  ...more,
});

const ENDS: Record<string, (run: ActivatedRun) => Job[][]> = {
  'an abort': (run) => [[signal('abort')], [run.cancelled('executePhase')]],
  'a failure without details': (run) => [[run.failed('executePhase', coded('internal_error'))]],
};

describe('S23: whatever ends a run, what it paid is shown', () => {
  for (const [what, jobs] of Object.entries(ENDS)) {
    test(`${what}: of the calls that the phase did not tell, the ledger does`, async () => {
      const run = await atWork();
      run.auto.closeRun = {
        reportPath: 'report.md',
        usage: paid(3, 250_000, { unpricedCalls: 1, brokenMicroUsd: money(90) }),
      };
      for (const each of jobs(run)) await run.tell(...each);
      assert.notEqual(run.closed, null);
      const { calls, costMicroUsd, unpricedCalls, brokenMicroUsd } = run.status.usage;
      assert.deepEqual([calls, costMicroUsd, unpricedCalls, brokenMicroUsd], [3, '250000', 1, '90']);
      assert.equal(run.shown.RunCostUsd, 0.25);
    });
  }

  test('a ledger that lacks calls, or a result of another shape, changes nothing', async () => {
    for (const usage of [paid(1, 100), { calls: 9 }, null, undefined]) {
      const run = await atWork();
      run.auto.closeRun = { reportPath: 'report.md', usage };
      await run.tell(run.failed('executePhase', coded('stalled', { usage: paid(2, 700_000) })));
      assert.equal(run.status.usage.costMicroUsd, '700000');
      assert.equal(run.shown.RunCostUsd, 0.7);
    }
  });
});
