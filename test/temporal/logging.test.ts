import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonLine, plainLine } from '../../src/worker/logging.js';

const entry = {
  level: 'INFO' as const,
  message: 'model call',
  timestampNanos: 1_764_064_800_123_000_000n,
  meta: {
    taskToken: 'secret-ish',
    namespace: 'default',
    activityType: 'executePhase',
    workflowId: 'w',
    runId: 'r',
    phase: 'design',
    ms: 12,
  },
};

test('a JSON line has run, workflow and phase, and no task token', () => {
  const line = JSON.parse(jsonLine(entry)) as Record<string, unknown>;
  assert.deepEqual(
    [line.time, line.level, line.message, line.workflowId, line.runId, line.phase, line.ms],
    ['2025-11-25T10:00:00.123Z', 'INFO', 'model call', 'w', 'r', 'design', 12],
  );
  assert.ok(!('taskToken' in line));
});

test('a plain line is for people', () => {
  assert.equal(
    plainLine(entry),
    '10:00:00.123 INFO  model call workflowId=w runId=r phase=design activityType=executePhase ms=12',
  );
});

test('errors and bigints do not break a line', () => {
  const line = jsonLine({ ...entry, meta: { error: new Error('broken'), count: 7n } });
  assert.match(line, /"error":"Error: broken"/);
  assert.match(line, /"count":7/);
});
