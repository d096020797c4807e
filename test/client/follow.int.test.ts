import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import type { EventFacts } from '../../src/domain/record/report-facts.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { startable } from '../../src/local/startable.js';
import { until } from '../support/until.js';
import { clientEnv, clientOf, requirementsFile } from './support.js';

let stack: TestStack;
let client: ReturnType<typeof clientOf>;
let requirements: string;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  await stack.template('one', [{ key: 'note' }]);
  client = clientOf(stack);
  requirements = await requirementsFile(stack);
});
after(() => stack.stop());

async function startArgs(template: string, id: string): Promise<string[]> {
  const { name } = await stack.persona([]);
  return [
    'start',
    '--template',
    template,
    '--repo',
    stack.repoPath,
    '--requirements',
    requirements,
    '--id',
    id,
    '--override',
    `worker=${name}`,
  ];
}

test('start --watch follows the run, says how to approve, and its exit code is that of the run', async () => {
  const args = await startArgs('gated', 'watched');
  const child = spawn(process.execPath, [...startable('client.ts'), ...args, '--watch'], { env: clientEnv(stack) });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = new Promise((resolve) => child.once('close', resolve));
  await until(
    () => output.includes('to approve:'),
    30_000,
    () => output,
  );
  assert.equal((await client('approve', 'watched', '--phase', 'design', '--gate', 'lead')).code, 0);
  assert.equal(await code, 0);
  assert.match(output, /design +running, attempt 1/);
  assert.match(output, /to approve: npm run client -- approve watched --artifact-sha256 [0-9a-f]{64}\n/);
  assert.match(output, /The run is completed\.\n3 model calls/);
  assert.doesNotMatch(output, /\u001B/, 'no control sequences where there is no terminal');
});

test('start --watch of a run that fails: exit 1, its code, and --json gives the last status', async () => {
  const args = await startArgs('one', 'watched-failing');
  const failed = await client(...args, '--base', 'nowhere', '--watch');
  assert.equal(failed.code, 1, failed.stderr);
  assert.match(failed.stdout, /The run is failed\.\nbranch_not_found: /);
  const json = await client(...(await startArgs('one', 'watched-json')), '--watch', '--json');
  assert.equal(json.code, 0);
  assert.equal((JSON.parse(json.stdout) as { state: string }).state, 'completed');
});

test('events: all of a run in order, those behind a number, and with --follow until it has ended', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  const args = ['events', handle.workflowId, '-f', '--json'];
  const child = spawn(process.execPath, [...startable('client.ts'), ...args], { env: clientEnv(stack) });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = new Promise((resolve) => child.once('close', resolve));
  await until(() => output.includes('"run_started"'));
  await handle.signal('approve', { comment: 'ok\u001B[2J' });
  const { events } = await ended(stack, handle);
  assert.equal(await closed, 0);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EventFacts);
  assert.deepEqual(
    lines.map(({ type }) => type),
    events.map(({ type }) => type),
  );
  const all = await client('events', handle.workflowId);
  assert.equal(all.stdout.trim().split('\n').length, events.length);
  assert.doesNotMatch(all.stdout, /\u001B/);
  const later = await client('events', handle.workflowId, '--after', '2', '--json');
  assert.equal((JSON.parse(later.stdout.split('\n')[0] ?? '') as EventFacts).seq, 3);
});

test('list: runs by state, by template, and those that wait at a gate', async () => {
  const waiting = await stack.start('gated');
  await untilGate(stack, waiting);
  const done = await stack.start('one');
  await ended(stack, done);
  const ids = async (...args: string[]) =>
    (JSON.parse((await client('list', '--json', '--limit', '1000', ...args)).stdout) as { workflowId: string }[]).map(
      ({ workflowId }) => workflowId,
    );
  await eventually(async () => assert.ok((await ids('--waiting')).includes(waiting.workflowId)));
  assert.ok(!(await ids('--waiting')).includes(done.workflowId));
  await eventually(async () =>
    assert.ok((await ids('--state', 'completed', '--template', 'one')).includes(done.workflowId)),
  );
  assert.ok(!(await ids('--template', 'one')).includes(waiting.workflowId));
  assert.deepEqual(await ids('--template', "x' OR WorkflowId != '"), [], 'a value is a value');
  assert.match(
    (await client('list', '--waiting', '--limit', '1000')).stdout,
    new RegExp(`${waiting.workflowId} +executing +gated .* waits at design/lead`),
  );
  await waiting.signal('abort');
  await ended(stack, waiting);
});

test('reset: from the client, with the command of Temporal that does the same', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  const refused = await client('reset', handle.workflowId, '--phase', 'plan');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /input_invalid: phase plan has not begun .*begun: design/);
  const { stdout, code } = await client('reset', handle.workflowId, '--phase', 'design', '--reason', 'again');
  assert.equal(code, 0);
  assert.match(stdout, /temporal workflow reset --workflow-id .* --event-id \d+ .*--reapply-exclude Signal,Update/);
  const again = stack.client.workflow.getHandle(handle.workflowId);
  await untilGate(stack, again);
  await again.signal('abort');
  await ended(stack, again);
});

async function eventually(check: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await check();
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}
