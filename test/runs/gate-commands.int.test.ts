import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { startable } from '../../src/local/startable.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { clientEnv } from '../client/support.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';

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
  await inShell(command.replace(/^temporal/, `'${cli}'`));
}

async function inShell(command: string): Promise<void> {
  await promisify(execFile)('sh', ['-c', command], { env: clientEnv(stack) });
}

/** The commands of the review page of a gate's artifact, as a person copies them from a browser. */
async function pageCommands(runId: string, isNew: (html: string) => boolean): Promise<string[]> {
  let html = '';
  await until(async () => isNew((html = (await stack.mirror.readPage(runId, 'review'))?.html ?? '')));
  const blocks = [...html.matchAll(/<pre dir="auto">([^<]*)<\/pre>/g)].map(([, text = '']) =>
    text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
  );
  return blocks.flatMap((block) => block.split('\n')).filter((line) => /^(npm run client|temporal) /.test(line));
}

test('the commands of the review page decide, by the client and by Temporal; one of an old page does not', async () => {
  await stack.template('paged', [{ key: 'design', gates: [{ name: 'lead', approvers: ["ann o'neill", 'bob'] }] }]);
  const note = (title: string): Behaviour => ({ tools: [{ name: 'write_artifact', args: { title } }] });
  const handle = await stack.start('paged', [note('one'), note('two'), note('three')]);
  const { run } = await untilGate(stack, handle);
  const client = async (commands: readonly string[], action: string): Promise<void> => {
    const command = commands.find((line) => line.includes(`-- ${action} `)) ?? assert.fail(commands.join('\n'));
    const program = [process.execPath, ...startable('client.ts')].map((word) => `'${word}'`).join(' ');
    await inShell(command.replace('npm run client --', program));
  };
  const first = await pageCommands(run.runId, (html) => html !== '');
  assert.equal(first.length, 6);
  await client(first, 'request-changes');
  await untilStatus(stack, handle, ({ phases, openGates }) => phases[0]?.revisions === 1 && openGates.length === 1);
  await assert.rejects(client(first, 'approve'), /the decision was taken on another/);
  const second = await pageCommands(run.runId, (html) => html.includes('two'));
  await pasted(second, 'requestChanges');
  await untilStatus(stack, handle, ({ phases, openGates }) => phases[0]?.revisions === 2 && openGates.length === 1);
  await client(await pageCommands(run.runId, (html) => html.includes('three')), 'approve');
  assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
});

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
