import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { contentHash } from '../../src/domain/hash.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

const CLIENT = path.join(import.meta.dirname, '../../src/client.ts');
let stack: TestStack;
let requirements: string;
before(async () => {
  stack = await startTestStack();
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }]);
  requirements = path.join(stack.config.workspaceRoot, 'what.md');
  await writeFile(requirements, 'Do it.');
});
after(() => stack.stop());

function client(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { config } = stack;
  const env = {
    PATH: process.env.PATH,
    HOME: config.workspaceRoot,
    TEMPORAL_ADDRESS: process.env.PHASEGATE_TEST_TEMPORAL,
    DATABASE_URL: config.databaseUrl,
    PHASEGATE_TASK_QUEUE: config.taskQueue,
    PHASEGATE_TEMPLATES: config.templates,
    PHASEGATE_PERSONAS: config.personas,
    PHASEGATE_SCHEMAS: config.schemas,
    PHASEGATE_BACKENDS: config.backends,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', CLIENT, ...args], { env }, (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }));
  });
}

test('S01: start, status, approve, report', async () => {
  const { name } = await stack.persona([]);
  const started = await client('start', '--template', 'gated', '--repo', stack.repoPath, '--requirements', requirements, '--id', 'by-client', '--override', `worker=${name}`, '--json');
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
  assert.deepEqual(JSON.parse((await client('report', 'by-client', '--json')).stdout), JSON.parse(JSON.stringify(end.report)));
});

test('reject and abort end the run', async () => {
  for (const [command, state] of [['reject', 'FAILED'], ['abort', 'CANCELLED']] as const) {
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
  await writeFile(path.join(stack.config.personas, `${persona.name}.json`), JSON.stringify({ ...persona, systemPrompt: 'Do as you like.' }));
  assert.equal((await ended(stack, await stack.startRaw([input]))).code, 'consent_missing');
});

test('what is wrong is said with a code and an exit code', async () => {
  const cases: [args: string[], code: number, words: RegExp][] = [
    [[], 0, /usage:/],
    [['nonsense'], 2, /usage:/],
    [['status'], 1, /input_invalid: expected one workflow id/],
    [['status', 'no-such-run'], 1, /run_not_found: .*no-such-run/],
    [['approve', 'no-such-run'], 1, /run_not_found/],
    [['start', '--template', 'gated'], 1, /--repo is needed/],
    [['start', '--template', 'gated', '--repo', '.', '--requirements', '/no/such/file'], 1, /input_invalid: --requirements/],
    [['approve', 'x', '--nonsense'], 1, /nonsense/],
    [['consent', 'nobody'], 1, /persona_not_found/],
    [['report', 'no-such-run'], 1, /run_not_found/],
  ];
  for (const [args, code, words] of cases) {
    const result = await client(...args);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stdout + result.stderr, words);
    assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack trace');
  }
});
