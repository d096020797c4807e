import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { endLeftOver } from '../../src/local/left-over.js';
import { startOf } from '../../src/local/processes/process-identity.js';
import { Reaper } from '../../src/local/processes/reaper.js';
import { until } from '../support/until.js';
import { tempFolder } from './support/temp-folder.js';

test('a reaper that is killed is replaced, and the next one knows all that it knew', async (t) => {
  const reaper = new Reaper();
  const pid = sleeper(t);
  reaper.add({ pid, signal: 'SIGTERM', stage: 0, graceMs: 5_000 });
  for (let kills = 0; kills < 3; kills++) {
    const before = reaper.pid;
    const replaced = new Promise<void>((resolve) => (reaper.onReplaced = resolve));
    process.kill(before, 'SIGKILL');
    await replaced;
    assert.notEqual(reaper.pid, before);
  }
  await reaper.finish();
  await until(() => startOf(pid) === undefined);
});

test('a reaper that is killed while it ends everything is replaced as well', async (t) => {
  const reaper = new Reaper();
  const pid = sleeper(t, 'trap "" TERM; while :; do sleep 0.1; done');
  reaper.add({ pid, signal: 'SIGTERM', stage: 0, graceMs: 1_000 });
  const finished = reaper.finish();
  process.kill(reaper.pid, 'SIGKILL');
  await finished;
  await until(() => startOf(pid) === undefined);
});

test('a reaper that is killed more often than it can be replaced still leaves nothing behind at the end', async (t) => {
  const reaper = new Reaper();
  const pid = sleeper(t);
  reaper.add({ pid, signal: 'SIGTERM', stage: 0, graceMs: 5_000 });
  for (let kills = 0; kills <= 5; kills++) {
    const before = reaper.pid;
    process.kill(before, 'SIGKILL');
    await until(() => startOf(before) === undefined && (kills === 5 || reaper.pid !== before));
  }
  await reaper.finish();
  await until(() => startOf(pid) === undefined);
});

test("what an earlier stack left is ended by its record; a pid that is somebody else's now is left alone", async (t) => {
  const file = join(tempFolder(t), 'processes.json');
  const [mine, stranger] = [sleeper(t), sleeper(t)];
  const before = new Reaper();
  before.recordIn(file);
  before.add({ pid: mine, signal: 'SIGTERM', stage: 1, graceMs: 5_000 });
  before.add({ pid: stranger, signal: 'SIGTERM', stage: 0, graceMs: 5_000 });
  const record = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; since: string }[];
  assert.deepEqual(
    record.map(({ pid }) => pid),
    [mine, stranger],
  );
  // what a reboot or weeks do: the pid is used again
  for (const group of record) if (group.pid === stranger) group.since = '1';
  before.gone(mine);
  before.gone(stranger);
  await before.finish();
  writeFileSync(file, JSON.stringify(record));
  const reaper = new Reaper();
  t.after(() => reaper.finish());
  assert.equal(await endLeftOver(file, reaper), 1);
  assert.equal(startOf(mine), undefined);
  assert.notEqual(startOf(stranger), undefined);
  assert.ok(!existsSync(file));
});

test('a record that is missing, broken or strange ends nothing', async (t) => {
  const file = join(tempFolder(t), 'processes.json');
  const reaper = new Reaper();
  t.after(() => reaper.finish());
  for (const text of [
    null,
    '',
    '{',
    'null',
    '{}',
    '[null, 1, {"pid": 1, "since": "1", "stage": 0, "graceMs": 1, "signal": "SIGKILL"}, {"pid": -1}]',
  ]) {
    if (text !== null) writeFileSync(file, text);
    assert.equal(await endLeftOver(file, reaper), 0, String(text));
  }
});

function sleeper(t: TestContext, script = 'exec sleep 300'): number {
  const { pid = 0 } = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' });
  assert.ok(pid > 1);
  t.after(() => {
    if (startOf(pid) !== undefined) process.kill(-pid, 'SIGKILL');
  });
  return pid;
}
