import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

const cli = process.env.TEMPORAL_CLI ?? '';
let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(() => stack.stop());

/** The commands that Temporal Web shows for the run, as a person copies them. */
async function shownCommands(handle: WorkflowHandle): Promise<string[]> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  const blocks = [...(metadata.currentDetails ?? '').matchAll(/^```\n([^]*?)\n```$/gm)];
  return blocks.flatMap(([, block = '']) => block.split('\n'));
}

async function pasted(commands: readonly string[], action: string): Promise<void> {
  const command = commands.find((line) => line.includes(`--name ${action} `)) ?? assert.fail(commands.join('\n'));
  const PATH = `${dirname(cli)}:${process.env.PATH}`;
  await promisify(execFile)('sh', ['-c', command.replace(/^temporal/, `'${cli}'`)], {
    env: { PATH, HOME: stack.config.workspaceRoot, TEMPORAL_ADDRESS: process.env.PHASEGATE_TEST_TEMPORAL },
  });
}

test('the commands in the details decide: two named approvers, changes first', async () => {
  await stack.template('named', [
    { key: 'design', gates: [{ name: 'lead', approvers: ["ann o'neill", 'bob'], required: 2 }, 'security'] },
  ]);
  const handle = await stack.start('named');
  await untilGate(stack, handle);
  const first = await shownCommands(handle);
  assert.equal(first.length, 6);
  await pasted(first, 'requestChanges');
  await untilStatus(stack, handle, ({ phases, openGates }) => phases[0]?.revisions === 1 && openGates.length === 2);
  await pasted(await shownCommands(handle), 'approve');
  await untilStatus(stack, handle, ({ openGates }) => openGates[0]?.approvedBy.length === 1);
  await pasted(await shownCommands(handle), 'approve');
  await untilStatus(stack, handle, ({ openGates }) => openGates.length === 1);
  await pasted(await shownCommands(handle), 'approve');
  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.equal(end.report.ignoredMessages, 0);
});

test('a command that was copied for an artifact does not approve the next one', async () => {
  await stack.template('changed', [{ key: 'design', gates: ['lead'] }]);
  const note = (title: string): Behaviour => ({ tools: [{ name: 'write_artifact', args: { title } }] });
  const handle = await stack.start('changed', [note('one'), note('two')]);
  await untilGate(stack, handle);
  const old = await shownCommands(handle);
  await pasted(old, 'requestChanges');
  await untilStatus(stack, handle, ({ phases, openGates }) => phases[0]?.revisions === 1 && openGates.length === 1);
  await pasted(old, 'approve');
  await untilStatus(stack, handle, ({ ignoredTotal }) => ignoredTotal === 1);
  await pasted(await shownCommands(handle), 'reject');
  assert.equal((await ended(stack, handle)).code, 'approval_rejected');
});
