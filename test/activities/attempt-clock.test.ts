import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AttemptClock } from '../../src/activities/phase/attempt-clock.js';

const running = (limitMs: number, usedMs: number): AttemptClock => {
  const clock = new AttemptClock(limitMs, usedMs);
  clock.start();
  return clock;
};

test('the time before the agent begins does not count', async () => {
  const clock = new AttemptClock(50, 10);
  clock.hold()();
  await sleep(120);
  assert.equal(clock.usedMs, 10);
  clock.start();
  await sleep(120);
  assert.ok(clock.signal.aborted);
});

test('S13: the clock of an attempt counts what earlier tries used, and fires when the time is up', async () => {
  const clock = running(1_000, 900);
  assert.ok(clock.usedMs >= 900 && !clock.signal.aborted);
  await sleep(200);
  assert.equal((clock.signal.reason as Error).name, 'TimeoutError');
});

test('a held clock stands still, however often it is held', async () => {
  const clock = running(300, 0);
  const [first, second] = [clock.hold(), clock.hold()];
  const { usedMs } = clock;
  await sleep(400);
  first();
  first();
  assert.ok(!clock.signal.aborted, 'still held by the second');
  assert.equal(clock.usedMs, usedMs);
  second();
  await sleep(400);
  assert.ok(clock.signal.aborted);
});

test('a stopped clock never fires', async () => {
  const clock = running(50, 0);
  clock.stop();
  await sleep(120);
  assert.ok(!clock.signal.aborted);
});

test('a stopped clock stays stopped when a hold ends', async () => {
  const clock = running(50, 0);
  const release = clock.hold();
  clock.stop();
  const { usedMs } = clock;
  release();
  clock.hold()();
  await sleep(120);
  assert.ok(!clock.signal.aborted);
  assert.equal(clock.usedMs, usedMs);
});
