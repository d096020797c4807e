import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { startModelServer } from '../../src/model-server/server.js';
import { ended, type Ended } from '../support/ended.js';
import { placesOf, writtenToDatabase, writtenToDisk, writtenToTemporal } from '../support/everything-written.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { reportFault } from './support/fault-line.js';
import { measured } from './support/measured.js';
import { FAULT_ROWS, KEY, type FaultRow } from './support/fault-row.js';

let stack: TestStack;
/** Completed calls of a run that meets no fault. */
let soundCalls: number;

before(async () => {
  stack = await startTestStack({ modelCallTimeoutMs: 6_000 }, { env: { TEST_KEY: KEY } });
  await stack.template('one', [{ key: 'note' }]);
  await stack.template('impatient', [{ key: 'note', patience: '4s' }]);
  await stack.template('few', [{ key: 'note', maxModelCalls: 5 }]);
  const end = await ended(stack, await stack.start('one'));
  assert.equal(end.temporal, 'COMPLETED');
  soundCalls = (await callsOf(end)).ok;
});
after(() => stack.stop());

// a failing provider makes a run wait: several wait at once
describe('S12, S13, S28: every misbehaviour of a model server', { concurrency: 8 }, () => {
  for (const row of FAULT_ROWS) {
    test(`${row.fault}: ${row.code ?? 'the run completes'}`, async () => {
      const script = row.script();
      const persona = await stack.persona(script);
      const input = {
        template: row.template ?? 'one',
        repoPath: stack.repoPath,
        requirements: 'r',
        overrides: { worker: persona.name },
      };
      const handle = await stack.startRaw([input]);
      const end = await ended(stack, handle);
      assert.deepEqual(
        [end.temporal, end.code, end.report.phases[0]?.attempts],
        [row.code === null ? 'COMPLETED' : 'FAILED', row.code, row.attempts],
        end.message,
      );

      const requests = stack.model.requests
        .filter(({ model }) => model === persona.model)
        .map(({ at }) => Date.parse(at));
      const calls = await callsOf(end);
      const wrong = wrongAnswers(row, requests.length, calls);
      const [least, most] = typeof row.wrong === 'number' ? [row.wrong, row.wrong] : row.wrong;
      assert.ok(wrong >= least && wrong <= most, `${wrong} wrong answers, expected ${least} to ${most}`);
      assert.equal(
        requests.length,
        calls.ok + calls.error,
        'every request is in the ledger, and none was made besides',
      );
      assert.equal(calls.error, row.completedCalls ? 0 : wrong);
      if (row.pauseMs)
        assert.ok(requests[1]! - requests[0]! >= row.pauseMs, `asked again after ${requests[1]! - requests[0]!} ms`);

      const until = /GMT$/.test(script[0]?.retryAfter ?? '') ? Date.parse(script[0]?.retryAfter ?? '') : 0;
      assert.ok((requests[1] ?? until) >= until, 'asked again before the date that the provider named');

      await assertKeyIsNowhere(handle, end);
      const recovered = row.code === null ? requests[wrong]! - requests[wrong - 1]! : null;
      const cost = await measured(stack, end.report.runId, requests.length);
      reportFault({ fault: `model: ${row.fault}`, ...cost, recoverMs: recovered });
    });
  }
});

/**
 * Requests that were not answered soundly: all of a run that fails, and of one that completes those beyond its
 * completed calls.
 */
function wrongAnswers({ code, completedCalls }: FaultRow, requests: number, calls: { ok: number }): number {
  if (code !== null) return requests;
  if (completedCalls) return 1;
  assert.equal(calls.ok, soundCalls, 'no completed call was made again');
  return requests - calls.ok;
}

test('connection refused: the run waits, and goes on when the provider is there', async () => {
  const port = await freePort();
  const persona = await stack.persona([], { backend: await backend(`http://127.0.0.1:${port}/v1`) });
  const handle = await stack.startRaw([
    { template: 'one', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
  ]);
  await until(async () => (await failedCalls(persona.model)) >= 2);
  const server = await startModelServer({ port });
  const back = Date.now();
  try {
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED', end.message);
    const calls = await callsOf(end);
    assert.equal(calls.ok, soundCalls);
    assert.ok(calls.error >= 2 && calls.error <= 4, `${calls.error} tries`);
    assert.equal(server.requests.length, soundCalls);
    await assertKeyIsNowhere(handle, end);
    const cost = await measured(stack, end.report.runId, server.requests.length + calls.error);
    const recoverMs = Date.parse(server.requests[0]?.at ?? '') - back;
    reportFault({ fault: 'model: connection refused', ...cost, recoverMs });
  } finally {
    await server.close();
  }
});

test('connection refused for ever: provider_unavailable after the patience, after a few tries', async () => {
  const persona = await stack.persona([], { backend: await backend(`http://127.0.0.1:${await freePort()}/v1`) });
  const handle = await stack.startRaw([
    { template: 'impatient', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: persona.name } },
  ]);
  const end = await ended(stack, handle);
  assert.equal(end.code, 'provider_unavailable');
  const { ok, error } = await callsOf(end);
  assert.ok(ok === 0 && error >= 2 && error <= 4, `${error} tries`);
  await assertKeyIsNowhere(handle, end);
  // a model server can't count a connection that was refused
  const cost = await measured(stack, end.report.runId, ok + error);
  reportFault({ fault: 'model: connection refused for ever', ...cost, recoverMs: null });
});

async function assertKeyIsNowhere(handle: WorkflowHandle, { report, message }: Ended): Promise<void> {
  const folder = path.join(stack.config.workspaceRoot, report.runId);
  const written = [
    ...(await writtenToTemporal(stack, handle)),
    ...(await writtenToDatabase(stack)),
    ...(await writtenToDisk(folder)),
    { where: 'message', text: message },
  ];
  assert.deepEqual(placesOf(KEY, written), []);
  assert.deepEqual(placesOf(KEY.slice(0, 14), written), [], 'no beginning of it either');
}

/** The ledger's lines of a run. */
async function callsOf({ report }: Ended): Promise<{ ok: number; error: number }> {
  const { rows } = await stack.mirror.pool.query<{ ok: number; error: number }>(
    "SELECT count(*) FILTER (WHERE status = 'ok')::int AS ok, count(*) FILTER (WHERE status = 'error')::int AS error FROM llm_calls WHERE run_id = $1",
    [report.runId],
  );
  return rows[0] ?? assert.fail();
}

async function failedCalls(model: string): Promise<number> {
  const { rows } = await stack.mirror.pool.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM llm_calls WHERE model = $1 AND status = 'error'",
    [model],
  );
  return rows[0]?.n ?? 0;
}

/** Adds a backend to the stack's file; gives its name. */
async function backend(baseUrl: string): Promise<string> {
  const file = JSON.parse(await readFile(stack.config.backends, 'utf8')) as { backends: Record<string, unknown> };
  const name = `other-${Object.keys(file.backends).length}`;
  file.backends[name] = { baseUrl, apiKeyEnv: 'TEST_KEY', prices: {} };
  await writeFile(stack.config.backends, JSON.stringify(file));
  return name;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
