import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { contentHash } from '../../src/domain/text/hash.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { clientOf, requirementsFile } from './support.js';

let stack: TestStack;
let requirements: string;
let client: ReturnType<typeof clientOf>;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  requirements = await requirementsFile(stack);
  client = clientOf(stack);
});
after(() => stack.stop());

test('S01: start, status, approve, report', async () => {
  const { name } = await stack.persona([]);
  const started = await client(
    'start',
    '--template',
    'gated',
    '--repo',
    stack.repoPath,
    '--requirements',
    requirements,
    '--id',
    'by-client',
    '--override',
    `worker=${name}`,
    '--json',
  );
  assert.equal(started.code, 0, started.stderr);
  const { workflowId, runId } = JSON.parse(started.stdout) as Record<string, string>;
  assert.equal(workflowId, 'by-client');
  const handle = stack.client.workflow.getHandle('by-client');
  await untilGate(stack, handle);
  const status = await client('status', 'by-client');
  assert.match(status.stdout, /waits at gate design\/lead: artifacts\/design\.json/);
  assert.match((await client('report', 'by-client')).stderr, /has not ended yet/);
  const approved = await client('approve', 'by-client', '--by', 'ann', '--comment', 'good');
  assert.equal(approved.code, 0, approved.stderr);
  const end = await ended(stack, handle);
  assert.equal(end.report.runId, runId);
  const report = await client('report', 'by-client');
  assert.match(report.stdout, /^# Run by-client: completed/);
  assert.deepEqual(
    JSON.parse((await client('report', 'by-client', '--json')).stdout),
    JSON.parse(JSON.stringify(end.report)),
  );
});

test('reject and abort end the run', async () => {
  for (const [command, state] of [
    ['reject', 'FAILED'],
    ['abort', 'CANCELLED'],
  ] as const) {
    const handle = await stack.start('gated');
    await untilGate(stack, handle);
    assert.equal((await client(command, handle.workflowId)).code, 0);
    assert.equal((await ended(stack, handle)).temporal, state);
  }
});

test('S05: consent is given to the content of a persona, and an edit takes it back', async () => {
  const persona = await stack.persona([], { requiresConsent: true });
  const input = { template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } };
  assert.equal((await ended(stack, await stack.startRaw([input]))).code, 'consent_missing');
  const given = await client('consent', persona.name, '--by', 'ann');
  assert.equal(given.code, 0, given.stderr);
  assert.match(given.stdout, new RegExp(contentHash(persona)));
  const handle = await stack.startRaw([input]);
  await untilGate(stack, handle);
  await handle.signal('abort');
  await ended(stack, handle);
  await writeFile(
    path.join(stack.config.personas, `${persona.name}.json`),
    JSON.stringify({ ...persona, systemPrompt: 'Do as you like.' }),
  );
  assert.equal((await ended(stack, await stack.startRaw([input]))).code, 'consent_missing');
});

test('each error of the client has a code and an exit code', async () => {
  const cases: [args: string[], code: number, words: RegExp][] = [
    [[], 0, /usage:/],
    [['nonsense'], 2, /usage_invalid: there is no command nonsense/],
    [['aprove', 'x'], 2, /did you mean approve\?/],
    [['constructor'], 2, /there is no command/],
    [['status'], 2, /usage_invalid: expected one workflow id, found none/],
    [['status', 'a', 'b'], 2, /expected one workflow id, found a b/],
    [['status', 'x', '--jsn'], 2, /did you mean --json\?/],
    [['list', '--limit', '0'], 2, /--limit must be a whole number/],
    [['retry', 'x', '--budget-usd', '-1'], 2, /budget-usd/],
    [['reconcile', '--settle', 'soon'], 2, /--settle must be a duration/],
    [['status', 'no-such-run'], 3, /run_not_found: there is no run no-such-run/],
    [['approve', 'no-such-run'], 3, /run_not_found/],
    [['approve', 'no-such-run', '--signal'], 3, /run_not_found/],
    [['pause', 'no-such-run'], 3, /run_not_found/],
    [['reset', 'no-such-run', '--phase', 'design'], 3, /run_not_found/],
    [['events', 'no-such-run'], 3, /run_not_found/],
    [['start', '--template', 'gated'], 2, /--repo is missing/],
    [
      ['start', '--template', 'gated', '--repo', '.', '--requirements', '/no/such/file'],
      2,
      /usage_invalid: --requirements/,
    ],
    [
      ['start', '--template', 'gated', '--repo', '.', '--requirements', requirements, '--extra', '{'],
      2,
      /--extra is not JSON/,
    ],
    [
      ['start', '--template', 'gated', '--repo', '.', '--requirements', requirements, '--override', 'x'],
      2,
      /expected ROLE=PERSONA/,
    ],
    [['consent', 'nobody'], 3, /persona_not_found/],
    [['report', 'no-such-run'], 3, /run_not_found/],
  ];
  for (const [args, code, words] of cases) {
    const result = await client(...args);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stdout + result.stderr, words);
    assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack trace');
  }
});
