import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({}, { worker: 'own' });
  await stack.template('one', [{ key: 'one' }]);
});
after(async () => {
  killWorkers();
  await stack.stop();
});

test('S22: a worker whose database refuses it its tables ends with the reason, and one that may have them takes the work', async () => {
  const role = `poor_${randomUUID().replaceAll('-', '')}`;
  await stack.mirror.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'poor'`);
  const url = new URL(stack.databaseUrl);
  [url.username, url.password] = [role, 'poor'];
  const poor = startWorkerProcess(stack, { DATABASE_URL: url.href });
  assert.equal(await poor.ended, 1);
  assert.match(poor.output(), /database_refused: .*permission denied/s);
  startWorkerProcess(stack);
  const end = await ended(stack, await stack.start('one'));
  assert.equal(end.temporal, 'COMPLETED', end.message);
  await stack.mirror.pool.query(`DROP ROLE ${role}`);
});

for (const [away, env] of [
  ['Temporal', { TEMPORAL_ADDRESS: '127.0.0.1:1' }],
  ['PostgreSQL', { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' }],
] as const) {
  test(`S22, S30: a worker that waits for ${away} ends when it is told to`, async () => {
    const worker = startWorkerProcess(stack, env);
    await until(async () => worker.output().includes(`waiting for ${away}`));
    worker.process.kill('SIGTERM');
    assert.equal(await Promise.race([worker.ended, sleep(60_000, 'still there', { ref: false })]), 143);
  });
}
