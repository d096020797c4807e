import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

const DEPLOYMENT = 'phasegate-upgrade';
const run = promisify(execFile);
let stack: TestStack;
before(async () => {
  stack = await startTestStack({ sandbox: 'none', shutdownGraceMs: 2_000 }, { worker: 'own' });
  await stack.template('gated', [{ key: 'design', gates: ['lead'] }, { key: 'plan' }]);
  await stack.template('slow', [{ key: 'one' }, { key: 'two' }]);
  await stack.template('checked', [{ key: 'work', checks: 'all' }]);
});
after(async () => {
  killWorkers();
  await stack.stop();
});

async function temporal(...args: string[]): Promise<string> {
  const at = ['--address', process.env.PHASEGATE_TEST_TEMPORAL ?? ''];
  return (await run(process.env.TEMPORAL_CLI ?? 'temporal', [...args, ...at])).stdout;
}

async function startVersion(buildId: string): Promise<WorkerProcess> {
  const worker = startWorkerProcess(stack, {
    PHASEGATE_DEPLOYMENT_NAME: DEPLOYMENT,
    PHASEGATE_BUILD_ID: buildId,
  });
  await worker.ready;
  return worker;
}

/** Temporal refuses it until it has heard from all queues of the version. */
async function makeCurrent(buildId: string): Promise<void> {
  const version = ['--deployment-name', DEPLOYMENT, '--build-id', buildId, '--yes'];
  await until(async () =>
    temporal('worker', 'deployment', 'set-current-version', ...version).then(
      () => true,
      () => false,
    ),
  );
}

async function stopped(worker: WorkerProcess): Promise<void> {
  worker.process.kill('SIGTERM');
  assert.equal(await worker.ended, 0);
  assert.doesNotMatch(worker.output(), /nondetermin|TMPRL1100/i);
}

const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

async function allComplete(handles: readonly WorkflowHandle[]): Promise<void> {
  for (const handle of handles) assert.equal((await ended(stack, handle)).temporal, 'COMPLETED');
}

test('50 runs at gates, in checks and in model calls live through a new version of the worker, and through the way back', async () => {
  const first = await startVersion('1');
  await makeCurrent('1');
  const atGates = await times(30, () => stack.start('gated'));
  for (const handle of atGates) await untilGate(stack, handle);
  const inCalls = await times(10, () => stack.start('slow', [{ delayMs: 3_000 }]));
  const commands = { checks: [{ name: 'slow', run: 'sleep 3' }] };
  const inChecks = await times(10, () => stack.start('checked', [], commands));
  const second = await startVersion('2');
  await makeCurrent('2');
  await stopped(first);
  const newRuns = await times(3, () => stack.start('slow'));
  for (const handle of atGates.slice(0, 15)) await handle.signal('approve');
  await allComplete([...inCalls, ...inChecks, ...newRuns, ...atGates.slice(0, 15)]);
  // the way back: the version before becomes the current one again, and open runs go with it
  const third = await startVersion('1');
  await makeCurrent('1');
  await stopped(second);
  for (const handle of atGates.slice(15)) await handle.signal('approve');
  await allComplete(atGates.slice(15));
  await stopped(third);
});

test('doctor says that no version is current, and the command that mends it', async () => {
  const name = `${DEPLOYMENT}-forgotten`;
  const worker = startWorkerProcess(stack, { PHASEGATE_DEPLOYMENT_NAME: name, PHASEGATE_BUILD_ID: '7' });
  await worker.ready;
  const { checkDeployment } = await import('../../src/client/doctor/deployment.js');
  const { taskQueue } = stack.config;
  const look = () => checkDeployment(stack.client, { name, buildId: '7', taskQueue });
  await until(async () => /has no current version: new runs wait/.test((await look())[0]?.text ?? ''));
  const [finding] = await look();
  assert.equal(finding?.level, 'FAIL');
  const [command = '', ...args] = (finding?.todo ?? '').split(' ');
  assert.equal(command, 'temporal');
  await until(async () =>
    temporal(...args).then(
      () => true,
      () => false,
    ),
  );
  await until(async () => (await look())[0]?.level === 'ok');
  await stopped(worker);
});

test('a name without a build, or a build without a name, is refused', async () => {
  const worker = startWorkerProcess(stack, { PHASEGATE_DEPLOYMENT_NAME: 'phasegate' });
  assert.equal(await worker.ended, 1);
  assert.match(worker.output(), /config_invalid: PHASEGATE_BUILD_ID is not set/);
});
