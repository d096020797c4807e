import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { isolated } from '../sandbox/support/sandboxes.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { createGitRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';

const RUNS = 8;
const AT_ONCE = 2;
/** Each keeps a core busy. */
const BUSY = 'timeout 2 sh -c "while :; do :; done"; true';
/** 286 ms was the most at a load of 20 on two cores: commands have less of the processor than the worker. */
const SOON_MS = 1_000;

let stack: TestStack;
const repository = createGitRepository({
  files: {
    '.phasegate.yaml': JSON.stringify({
      checks: [
        { name: 'busy', run: BUSY },
        { name: 'again', run: BUSY },
      ],
    }),
  },
});
before(async () => {
  stack = await startTestStack({
    sandbox: 'bwrap',
    bwrap: process.env.PHASEGATE_TEST_BWRAP ?? 'bwrap',
    commandsAtOnce: AT_ONCE,
  });
  await stack.template('checked', [{ key: 'code', checks: 'all' }]);
  await stack.template(
    'gates',
    ['a', 'b', 'c'].map((key) => ({ key, gates: ['lead'] })),
  );
});
after(async () => {
  await stack.stop();
  repository.remove();
});

isolated('8 runs with checks at once: heartbeats hold, and decisions on other runs are applied at once', async (t) => {
  const gated = await stack.start('gates');
  await untilGate(stack, gated);
  const handles = await Promise.all(
    Array.from({ length: RUNS }, () =>
      stack.start('checked', [], { repoPath: repository.path }, { repoAccess: 'write' }),
    ),
  );
  const times: number[] = [];
  for (const key of ['a', 'b', 'c']) {
    await untilStatus(stack, gated, ({ openGates }) => openGates[0]?.phase === key);
    const began = Date.now();
    await gated.executeUpdate('decide', { args: [{ action: 'approve', phase: key }] });
    times.push(Date.now() - began);
  }
  t.diagnostic(`decisions took ${times.join(', ')} ms`);
  const ends = await Promise.all(handles.map((handle) => ended(stack, handle)));
  assert.deepEqual(
    ends.map(({ temporal, report }) => [temporal, report.checks.map(({ outcome }) => outcome)]),
    Array.from({ length: RUNS }, () => ['COMPLETED', ['passed', 'passed']]),
  );
  // a try that missed its heartbeats would have been begun again
  assert.deepEqual(
    await Promise.all(handles.map(triesOf)),
    Array.from({ length: RUNS }, () => 1),
  );
  assert.ok(Math.max(...times) < SOON_MS, `decisions took ${times.join(', ')} ms`);
});

async function triesOf(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const tries = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? []);
  return Math.max(...tries);
}
