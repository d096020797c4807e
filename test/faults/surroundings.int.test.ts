import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startTestStack, type TestStack } from '../support/stack.js';
import { killProcessHost } from '../support/process-host.js';
import { allComplete, BUSY_PHASES, startBusyRuns, untilRequests } from './support/runs-in-flight.js';

describe('S20, S21: the surroundings of agents at work', () => {
  let stack: TestStack;
  let direct: pg.Pool;
  before(async () => {
    stack = await startTestStack();
    await stack.template('two', BUSY_PHASES);
    direct = new pg.Pool({ connectionString: stack.databaseUrl });
  });
  after(async () => {
    await direct.end();
    await stack.stop();
  });

  test(
    'the table of conversations is locked for 35 s, longer than a statement may take',
    { timeout: 180_000 },
    async () => {
      const runs = await startBusyRuns(stack, 'two', 4);
      await untilRequests(runs, 4);
      const locker = await direct.connect();
      await locker.query('BEGIN');
      await locker.query('LOCK TABLE conversation_messages IN ACCESS EXCLUSIVE MODE');
      await sleep(35_000);
      await locker.query('COMMIT');
      locker.release();
      const recoverMs = await untilRequests(runs, 1);
      runs.finish();
      await allComplete(stack, "lock on the conversations' tables for 35 s", runs, { recoverMs });
    },
  );

  test('the process host is killed, again and again while agents work and commit', { timeout: 180_000 }, async () => {
    const runs = await startBusyRuns(stack, 'two', 4);
    await untilRequests(runs, 4);
    const kills = 6;
    for (let n = 1; n <= kills; n++) {
      if (n === 3) runs.finish();
      killProcessHost();
      await untilHost();
    }
    const began = Date.now();
    await Promise.all(runs.handles.map((handle) => handle.result()));
    await allComplete(stack, 'process host killed', runs, { recoverMs: Date.now() - began, tried: kills });
  });
});

/** The next git starts another one. */
async function untilHost(): Promise<void> {
  const { git } = await import('../../src/workspace/git/git.js');
  for (let tries = 0; ; tries++) {
    try {
      await git(null, ['version']);
      return;
    } catch (error) {
      // the host that was killed had not been missed yet
      assert.ok(tries < 5, String(error));
    }
  }
}
