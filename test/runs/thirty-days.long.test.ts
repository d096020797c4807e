import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTimeSkippingStack, type TimeSkippingStack } from '../support/time-skipping.js';

describe('S15, S20: a gate that waits for thirty days', () => {
  let skipping: TimeSkippingStack;
  before(async () => {
    skipping = await startTimeSkippingStack();
    await skipping.stack.template('patient', [{ key: 'design', gates: ['lead'] }, { key: 'plan' }]);
    await skipping.stack.template('strict', [
      { key: 'design', gates: [{ name: 'lead', timeout: '30d', remindAt: ['50%'], onTimeout: 'abort' }] },
    ]);
  });
  after(() => skipping?.stop());

  test('an approval after thirty days is applied, and the run goes on to its end', async () => {
    const { stack, skip } = skipping;
    const handle = await stack.start('patient');
    const before = await untilGate(stack, handle);
    await skip('30 days');
    assert.deepEqual((await stack.status(handle)).openGates, before.openGates, 'nothing happened to the gate');
    await handle.signal('approve', { by: 'ann' });
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED');
    assert.deepEqual(
      end.report.phases.map(({ attempts }) => attempts),
      [1, 1],
    );
    const history = await handle.fetchHistory();
    const times = (history.events ?? []).map(({ eventTime }) => Number(eventTime?.seconds));
    assert.ok(times.at(-1)! - times[0]! >= 30 * 24 * 3_600, 'Temporal saw thirty days pass');
    assert.ok(times.length < 80, `waiting costs no events: ${times.length}`);
  });

  test('one with a time limit reminds after fifteen days, is open on the 29th day and over on the 30th', async () => {
    const { stack, skip } = skipping;
    const handle = await stack.start('strict');
    await untilGate(stack, handle);
    await skip('29 days');
    await untilStatus(stack, handle, ({ openGates }) => openGates.length === 1);
    await skip('1 day');
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'CANCELLED');
    const { rows } = await stack.mirror.pool.query<{ type: string; ts: Date }>(
      'SELECT type, ts FROM run_events WHERE run_id = $1',
      [end.report.runId],
    );
    const at = (type: string): number => rows.find((row) => row.type === type)?.ts.getTime() ?? NaN;
    const days = (type: string): number => (at(type) - at('approval_requested')) / (24 * 3_600_000);
    assert.equal(Math.round(days('gate_reminded') * 1_000), 15_000);
    assert.equal(Math.round(days('gate_expired') * 1_000), 30_000);
  });
});
