import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openMirror } from '../../src/mirror/mirror.js';
import type { ModelSlots } from '../../src/mirror/model-slots.js';
import { until } from '../support/until.js';
import { testMirror } from './support.js';

const LEASE_MS = 60_000;
const newId = () => randomUUID();

test('never more calls at once than the cap says, however many workers ask at the same time', async (t) => {
  const { mirror, url } = await testMirror(t);
  const other = openMirror(url);
  t.after(() => other.close());
  const cap = { maxConcurrent: 3 };
  let [now, most] = [0, 0];
  const call = async ({ slots }: { slots: ModelSlots }): Promise<void> => {
    const id = newId();
    await until(async () => (await slots.take('b', id, cap, LEASE_MS)) === null);
    most = Math.max(most, ++now);
    await sleep(Math.random() * 10);
    now--;
    await slots.free(id);
  };
  await Promise.all(Array.from({ length: 40 }, (_, n) => call(n % 2 === 0 ? mirror : other)));
  assert.equal(most, 3);
});

test('never more calls begin in a minute than the cap says; ended ones count', async (t) => {
  const { mirror } = await testMirror(t);
  const cap = { requestsPerMinute: 4 };
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const id = newId();
      const wait = await mirror.slots.take('b', id, cap, LEASE_MS);
      if (wait === null) await mirror.slots.free(id);
      return wait;
    }),
  );
  const refused = answers.filter((wait) => wait !== null);
  assert.equal(refused.length, 6);
  for (const { why, ms } of refused) assert.ok(why === 'rate' && ms > 50_000 && ms <= 60_000, `${why} ${ms}`);
  await mirror.pool.query("UPDATE model_slots SET started_at = started_at - interval '61 seconds'");
  assert.equal(await mirror.slots.take('b', newId(), cap, LEASE_MS), null);
  assert.equal(await mirror.slots.take('another', newId(), cap, LEASE_MS), null, 'each backend has its own');
});

test('the place of a worker that was killed is free when its lease ends, and one that lives keeps it', async (t) => {
  const { mirror } = await testMirror(t);
  const cap = { maxConcurrent: 1 };
  const [dead, next, third] = [newId(), newId(), newId()];
  assert.equal(await mirror.slots.take('b', dead, cap, 400), null);
  assert.equal((await mirror.slots.take('b', next, cap, 400))?.why, 'place');
  await mirror.slots.renew(dead, LEASE_MS);
  await sleep(500);
  assert.equal((await mirror.slots.take('b', next, cap, 400))?.why, 'place', 'it was renewed');
  await mirror.slots.renew(dead, 0);
  assert.equal(await mirror.slots.take('b', next, cap, LEASE_MS), null);
  assert.equal(await mirror.slots.take('b', next, cap, LEASE_MS), null, 'asked again, it is the same place');
  assert.equal((await mirror.slots.take('b', third, cap, LEASE_MS))?.why, 'place');
});

test('a pause holds for calls without a cap, too, and a shorter one does not end it', async (t) => {
  const { mirror } = await testMirror(t);
  await mirror.slots.pause('b', 20_000);
  await mirror.slots.pause('b', 10);
  const wait = await mirror.slots.take('b', newId(), {}, LEASE_MS);
  assert.ok(wait?.why === 'pause' && wait.ms > 10_000 && wait.ms <= 20_000, JSON.stringify(wait));
  assert.equal(await mirror.slots.take('another', newId(), {}, LEASE_MS), null);
  const { rows } = await mirror.pool.query('SELECT 1 FROM model_slots');
  assert.equal(rows.length, 0, 'a call without a cap takes no place');
});

test('old rows are thrown away', async (t) => {
  const { mirror } = await testMirror(t);
  const cap = { maxConcurrent: 2 };
  for (let n = 0; n < 5; n++) {
    const id = newId();
    assert.equal(await mirror.slots.take('b', id, cap, LEASE_MS), null);
    await mirror.slots.free(id);
  }
  await mirror.pool.query("UPDATE model_slots SET started_at = started_at - interval '3 minutes'");
  assert.equal(await mirror.slots.take('b', newId(), cap, LEASE_MS), null);
  const { rows } = await mirror.pool.query('SELECT 1 FROM model_slots');
  assert.equal(rows.length, 1);
});
