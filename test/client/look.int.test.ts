import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { CheckRun } from '../../src/domain/check/check-run.js';
import { startable } from '../../src/local/startable.js';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { ended, untilGate, untilStatus } from '../support/ended.js';
import { repositoryAt } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { clientEnv, clientOf } from './support.js';

let stack: TestStack;
let client: ReturnType<typeof clientOf>;
before(async () => {
  stack = await startTestStack({ sandbox: 'none' });
  await stack.template('coded', [
    { key: 'code', gates: ['lead'], checks: [{ name: 'look', run: 'cat kept.txt; test -f new.ts' }] },
  ]);
  await stack.template('gated', [
    { key: 'design', gates: [{ name: 'lead', approvers: ['ann', 'bob'], timeout: '2h' }] },
  ]);
  repositoryAt(stack.repoPath).commit({ 'kept.txt': 'one\ntwo\n' });
  client = clientOf(stack);
});
after(() => stack.stop());

const write = (file: string, content: string) => ({ name: 'write_file', args: { path: `repo/${file}`, content } });
const note = (title: string) => ({ name: 'write_artifact', args: { title, level: 'high' } });
const WORK: Behaviour[] = [
  { tools: [write('kept.txt', 'one\nTWO \u001b[31mred\n'), write('new.ts', 'a\n')] },
  { tools: [note('the first try')] },
  { tools: [write('new.ts', 'a\nb\n')] },
  { tools: [note('the second try')] },
];

test('what waits at a gate can be looked at: artifact, diff, checks, status', async () => {
  const handle = await stack.start('coded', WORK, {}, { repoAccess: 'write' });
  const { workflowId } = handle;
  const gate = await untilGate(stack, handle);
  const [artifact] = gate.openGates;

  const shown = await client('show', workflowId);
  assert.match(
    shown.stdout,
    /^code: artifacts\/code\.json \(\d+ bytes, sha256 [0-9a-f]{64}\)\nTitle: the first try\nLevel: high\n$/,
  );
  const raw = await client('show', workflowId, 'code', '--json');
  const file = path.join(stack.config.workspaceRoot, gate.run.runId, artifact?.artifact?.path ?? '');
  assert.equal(raw.stdout.trimEnd(), (await readFile(file, 'utf8')).trimEnd());
  const wrong = await client('show', workflowId, 'cod');
  assert.deepEqual([wrong.code, /its phases are: code/.test(wrong.stderr)], [2, true]);

  const all = await client('diff', workflowId);
  assert.match(all.stdout, /^# all that the run changed \([0-9a-f]{12}\.\.[0-9a-f]{12}\)\n/);
  assert.match(all.stdout, /^-two\n\+TWO red$/m);
  assert.match(all.stdout, /^\+\+\+ b\/new\.ts$/m);
  assert.doesNotMatch(all.stdout, /\u001b/);

  const checked = await client('checks', workflowId, '--output');
  assert.match(
    checked.stdout,
    /^code attempt 1 {2}check look {2}✓ passed {2}\(exit 0, [\d.]+ s\)\n {4}\$ cat kept\.txt; test -f new\.ts\n {4}one\n/,
  );
  assert.doesNotMatch(checked.stdout, /\u001b/);
  const rows = JSON.parse((await client('checks', workflowId, '--json')).stdout) as CheckRun[];
  assert.deepEqual(
    rows.map(({ name, outcome }) => [name, outcome]),
    [['look', 'passed']],
  );

  const status = (await client('status', workflowId)).stdout;
  assert.match(status, /waits at gate code\/lead: artifacts\/code\.json \(sha256 /);
  assert.match(status, /changed by code: \+2 −1 in 2 files\n {6}modified kept\.txt \+1 −1\n {6}added new\.ts \+1 −0\n/);
  assert.match(status, /Approved: the run completes\. Rejected: the run ends as failed\.\n {4}Anybody may approve\.\n/);

  await client('request-changes', workflowId, '--comment', 'two lines');
  await untilStatus(stack, handle, ({ phases, openGates }) => phases[0]?.revisions === 1 && openGates.length === 1);
  const since = (await client('diff', workflowId)).stdout;
  assert.match(since, /^# changes since request 1 of 1: two lines; --since begin shows all/);
  assert.match(since, /^\+b$/m);
  assert.doesNotMatch(since, /kept\.txt/);
  assert.match((await client('diff', workflowId, '--since', 'begin')).stdout, /kept\.txt/);
  assert.match((await client('show', workflowId)).stdout, /Title: the second try/);
  const none = await client('diff', workflowId, '--since', '2');
  assert.deepEqual([none.code, /there are the requests 1 to 1/.test(none.stderr)], [2, true]);
  await handle.signal('approve');
  await ended(stack, handle);
  assert.match((await client('show', workflowId)).stdout, /Title: the second try/);
});

test('status says who may decide until when, and its commands decide', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  const { stdout } = await client('status', handle.workflowId);
  assert.match(stdout, /May approve: ann, bob\.\n {4}Until \d{4}-\S+; then the gate waits on\./);
  const command = /npm run client -- (approve .*)$/m.exec(stdout)?.[1] ?? assert.fail(stdout);
  const approved = await client(...command.split(' '));
  assert.equal(approved.code, 0, approved.stderr);
  await ended(stack, handle);
});

test('wait ends at a gate, at the end, and when its time is over, each with its exit code', async () => {
  const handle = await stack.start('gated');
  const { workflowId } = handle;
  const atGate = await client('wait', workflowId, '--for', 'gate', '--gate', 'design/lead', '--timeout', '2m');
  assert.deepEqual([atGate.code, atGate.stdout], [0, `${workflowId} waits at design/lead\n`]);
  assert.equal((await client('wait', workflowId, '--for', 'end', '--timeout', '1s')).code, 5);
  assert.equal((await client('wait', workflowId, '--for', 'gate', '--gate', 'other', '--timeout', '1s')).code, 5);
  assert.equal((await client('wait', workflowId)).code, 2);
  const both = Promise.all([
    client('wait', workflowId, '--for', 'end'),
    client('wait', workflowId, '--for', 'gate', '--gate', 'x'),
  ]);
  await handle.signal('approve', { by: 'ann' });
  const [end, gone] = await both;
  assert.deepEqual([end.code, end.stdout], [0, `${workflowId} has ended: completed\n`]);
  assert.equal(gone.code, 1);
});

test('watch attaches to a run that is under way, and its exit code is that of the run', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  const child = spawn(process.execPath, [...startable('client.ts'), 'watch', handle.workflowId], {
    env: clientEnv(stack),
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = new Promise((resolve) => child.once('close', resolve));
  await until(
    () => output.includes('to request changes:'),
    60_000,
    () => output,
  );
  await handle.signal('reject', { by: 'bob' });
  assert.equal(await code, 1);
  assert.match(output, /The run is failed\.\napproval_rejected/);
});

test('a control that has no effect has an exit code that says so', async () => {
  const handle = await stack.start('gated');
  await untilGate(stack, handle);
  for (const [action, reason] of [
    ['retry', /retry has no effect: no failed phase waits for help/],
    ['resume', /resume has no effect: the run is not paused/],
  ] as const) {
    const { code, stderr } = await client(action, handle.workflowId);
    assert.equal(code, 1);
    assert.match(stderr, reason);
  }
  assert.equal((await client('pause', handle.workflowId)).code, 0);
  assert.equal((await client('resume', handle.workflowId)).code, 0);
  await handle.signal('abort');
});

test('mistakes are sentences with an exit code: an unknown state, a namespace that is not there', async () => {
  const bogus = await client('list', '--state', 'bogus');
  assert.deepEqual([bogus.code, /--state must be one of created, /.test(bogus.stderr)], [2, true]);
  const elsewhere = clientOf(stack, { TEMPORAL_NAMESPACE: 'nowhere' });
  for (const args of [['list'], ['status', 'w'], ['wait', 'w', '--for', 'end'], ['approve', 'w']]) {
    const { code, stderr } = await elsewhere(...args);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, /^Temporal at \S+, namespace nowhere\nconfig_invalid: Temporal has no namespace nowhere/);
    assert.doesNotMatch(stderr, /^ +at /m);
  }
});

test('list has the code of what failed, and what a run waits for', async () => {
  await stack.template('parking', [{ key: 'note', attempts: 1 }], { onHumanRequired: 'wait' });
  await stack.template('failing', [{ key: 'note', attempts: 1 }]);
  const words: Behaviour[] = [{ text: 'no', times: 'always' }];
  const parked = await stack.start('parking', words);
  const failed = await stack.start('failing', words);
  await ended(stack, failed);
  await untilStatus(stack, parked, ({ waitsFor }) => waitsFor?.kind === 'parked');
  await until(
    async () => (await client('list', '--template', 'parking', '--state', 'paused')).stdout.includes('waits for help'),
    30_000,
  );
  const { stdout } = await client('list', '--template', 'parking');
  assert.match(stdout, /paused +parking .* note \(waits for help: artifact_\w+\)$/m);
  assert.match((await client('list', '--template', 'failing')).stdout, /failed +failing .* \(artifact_\w+\)$/m);
  await parked.signal('abort');
});
