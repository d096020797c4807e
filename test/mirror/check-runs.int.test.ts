import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckRun } from '../../src/domain/check/check-run.js';
import { newRun, testMirror } from './support.js';

const checkRun = (id: string, more: Partial<CheckRun> = {}): CheckRun => ({
  id,
  phaseKey: 'fix',
  round: 1,
  attempt: 2,
  kind: 'check',
  name: 'tést',
  command: 'npm test',
  expect: 'pass',
  end: 'exited',
  exitCode: 1,
  signal: null,
  durationMs: 12_345,
  output: '1 failing \u0000 \uD800\n',
  outputSha256: 'a'.repeat(64),
  outputBytes: 5_000_000_000,
  tree: 'b'.repeat(40),
  commit: 'c'.repeat(40),
  sandbox: 'bwrap',
  outcome: 'failed',
  ts: '2026-11-30T01:00:00.000Z',
  ...more,
});

test('a run of a command is recorded once, by its id, and reads as it was written, whatever it printed', async (t) => {
  const { mirror } = await testMirror(t);
  const [run, other] = [newRun(), newRun()];
  const timedOut = checkRun('x:o:1:base:tést:t:0', {
    kind: 'base',
    end: 'timed_out',
    exitCode: null,
    signal: 'SIGKILL',
  });
  await mirror.recordCheckRun(run, checkRun('x:o:2:check:tést:t:0'));
  await mirror.recordCheckRun(run, checkRun('x:o:2:check:tést:t:0', { outcome: 'passed', output: 'another' }));
  await mirror.recordCheckRun(run, timedOut);
  await mirror.recordCheckRun(other, checkRun('x:o:2:check:tést:t:0', { outcome: 'flaky' }));
  const ids = ['x:o:2:check:tést:t:0', 'x:o:1:base:tést:t:0', 'unknown'];
  const found = await mirror.readCheckRuns(run.runId, ids);
  assert.deepEqual(
    found.sort((a, b) => (a.id < b.id ? 1 : -1)),
    [checkRun('x:o:2:check:tést:t:0'), timedOut],
  );
  assert.equal((await mirror.readCheckRuns(other.runId, ids))[0]?.outcome, 'flaky');
});
