import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { startOf } from '../../src/local/processes/process-identity.js';
import { startable } from '../../src/local/startable.js';
import { findTemporalCli } from '../../src/local/temporal/temporal-cli.js';
import { until } from '../support/until.js';
import { tempFolder } from './support/temp-folder.js';

test('kill -9 of the parent leaves no process behind, and PostgreSQL is shut down in order', async (t) => {
  const { parent, pids, log } = await holder(t, 1_000);
  parent.kill('SIGKILL');
  await goneWithin(pids, 60_000);
  assert.match(readFileSync(log, 'utf8'), /database system is shut down/);
});

test('Ctrl-C stops everything in order, and waits for it', async (t) => {
  const { parent, pids, log } = await holder(t, 500);
  parent.kill('SIGINT');
  const [code] = (await once(parent, 'exit')) as [number | null];
  assert.equal(code, 7);
  assert.deepEqual(
    pids.filter((pid) => startOf(pid) !== undefined),
    [],
  );
  assert.match(readFileSync(log, 'utf8'), /database system is shut down/);
});

test('a second Ctrl-C ends a process that does not end by itself', async (t) => {
  const { parent, pids } = await holder(t, 600_000);
  parent.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual([parent.exitCode, parent.signalCode], [null, null]);
  parent.kill('SIGTERM');
  await once(parent, 'exit');
  await goneWithin(pids, 20_000);
});

interface Holder {
  parent: ChildProcess;
  pids: number[];
  log: string;
}

async function holder(t: TestContext, stubbornGraceMs: number): Promise<Holder> {
  const dir = tempFolder(t);
  const cli = await findTemporalCli({ root: PACKAGE_ROOT, env: process.env, say: () => {} });
  const env = { ...process.env, STUBBORN_GRACE_MS: String(stubbornGraceMs) };
  const parent = spawn(process.execPath, [...startable('../test/local/support/holder.ts'), dir, cli.path], {
    cwd: PACKAGE_ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const started = once(createInterface({ input: parent.stdout }), 'line') as Promise<[string]>;
  const [line] = await Promise.race([
    started,
    once(parent, 'exit').then(([code]) => assert.fail(`ended with exit code ${code} before all was up`)),
  ]);
  const { pids, log, elsewhere } = JSON.parse(line) as { pids: number[]; log: string; elsewhere: string | null };
  t.after(() => {
    for (const pid of pids.filter((one) => startOf(one) !== undefined)) process.kill(pid, 'SIGKILL');
    if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  });
  assert.ok(
    pids.every((pid) => startOf(pid) !== undefined),
    'all of them run',
  );
  return { parent, pids, log };
}

async function goneWithin(pids: number[], ms: number): Promise<void> {
  const left = () => pids.filter((pid) => startOf(pid) !== undefined);
  await until(
    () => left().length === 0,
    ms,
    () => `still there after ${ms} ms: ${left().join(', ')}`,
  );
}
