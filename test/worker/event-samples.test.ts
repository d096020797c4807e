import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVENT_TYPES, type RunEvent } from '../../src/domain/record/events.js';
import { samplesOf } from '../../src/worker/metrics/event-samples.js';

const TS = '2026-11-30T10:00:00.000Z';
const event = (type: RunEvent['type'], payload: RunEvent['payload'] = {}): RunEvent => ({
  type,
  phaseKey: 'p',
  payload,
  idempotencyKey: 'k',
  ts: TS,
});
const counted = (type: RunEvent['type'], payload: RunEvent['payload'] = {}) =>
  samplesOf(event(type, payload), Date.parse(TS) + 1_500).map(({ name, value, tags }) => [name, value, tags]);

test('an event tells how late it was written', () => {
  assert.deepEqual(counted('run_created'), [['phasegate_event_lag', 1.5, {}]]);
});

test('a gate counts its decision, and its time only when that decision was the last one', () => {
  const payload = { action: 'approve', complete: true, openedAt: '2026-11-30T09:00:00.000Z' };
  assert.deepEqual(counted('approval_resolved', payload).slice(1), [
    ['phasegate_decisions', 1, { action: 'approve' }],
    ['phasegate_gate_wait', 3_600, {}],
  ]);
  assert.equal(counted('approval_resolved', { ...payload, complete: false }).length, 2);
});

test('a failed phase counts its code, and checks count their outcomes', () => {
  assert.deepEqual(counted('phase_failed', { code: 'stalled' })[1], [
    'phasegate_phases_ended',
    1,
    { outcome: 'failed', code: 'stalled' },
  ]);
  assert.deepEqual(counted('checks_failed', { checks: [{ outcome: 'failed' }, { outcome: 'flaky' }] }).slice(1), [
    ['phasegate_repairs', 1, {}],
    ['phasegate_checks', 1, { outcome: 'failed' }],
    ['phasegate_checks', 1, { outcome: 'flaky' }],
  ]);
});

test('no payload makes a label with a value of its own, or a number that is none', () => {
  const text = fc.string();
  const payload = fc.record({
    code: text,
    reason: text,
    action: text,
    openedAt: text,
    count: fc.jsonValue(),
    complete: fc.boolean(),
    checks: fc.jsonValue(),
  });
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.constantFrom(...EVENT_TYPES), payload, (type, given) => {
      for (const { value, tags } of samplesOf(event(type, given as RunEvent['payload']), Date.now())) {
        assert.ok(Number.isFinite(value) && value >= 0, String(value));
        for (const tag of Object.values(tags)) seen.add(tag);
      }
    }),
    { numRuns: 2_000 },
  );
  assert.ok(seen.size < 30, [...seen].join());
});
