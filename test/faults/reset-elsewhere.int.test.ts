import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { NO_MONEY, toUsd } from '../../src/domain/money/amount.js';
import { resetBeforePhase } from '../../src/temporal/reset-run.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';
import { reportFault } from './support/fault-line.js';

const BUDGET_USD = 0.04;
const LOOK = { tools: [{ name: 'ls', args: { path: 'repo' } }] };
const NOTE = { tools: [{ name: 'write_artifact', args: { title: 'a note' } }] };

let stack: TestStack;
before(async () => {
  stack = await startTestStack({ shutdownGraceMs: 300 }, { worker: 'own' });
  await stack.template('gated', [{ key: 'design' }, { key: 'plan', gates: ['merge'], maxModelCalls: 200 }]);
});
after(async () => {
  killWorkers();
  await stack.stop();
});

test('S20, S24: a machine is lost, and the run is reset on another: what was paid before counts against the budget', async (t) => {
  const { name, model } = await stack.persona([], { model: 'priced', maxOutputTokens: 200 });
  stack.model.script(model, [NOTE, { ...LOOK, times: 10 }, NOTE]);
  const first = startWorkerProcess(stack);
  await first.ready;
  const input = { template: 'gated', repoPath: stack.repoPath, requirements: 'r', overrides: { worker: name } };
  const handle = await stack.startRaw([{ ...input, budgetUsd: BUDGET_USD }]);
  const { run } = await untilGate(stack, handle, 'plan');
  const paidUsd = toUsd((await stack.mirror.findRun(run.runId))?.costMicroUsd ?? NO_MONEY);
  first.process.kill('SIGKILL');
  await first.ended;

  const elsewhere = await mkdtemp(path.join(tmpdir(), 'phasegate-second-machine-'));
  t.after(() => rm(elsewhere, { recursive: true, force: true }));
  const second = startWorkerProcess(stack, { PHASEGATE_WORKSPACE_ROOT: elsewhere });
  await second.ready;
  stack.model.script(model, [{ ...LOOK, times: 'always' }]);
  const requests = (): number => stack.model.requests.filter((request) => request.model === model).length;
  const before = requests();
  await resetBeforePhase(stack.client, handle.workflowId, {
    phase: 'plan',
    reason: 'the machine is lost',
    reapply: false,
  });
  const end = await ended(stack, stack.client.workflow.getHandle(handle.workflowId), { report: 'in the mirror' });
  assert.equal(end.code, 'budget_exceeded', end.message);
  const { costUsd, calls } = end.report.totals;
  assert.ok(paidUsd > 0.008 && (costUsd ?? 0) > paidUsd, `${paidUsd} was paid before, ${costUsd} in all`);
  assert.ok((costUsd ?? 1) <= BUDGET_USD, `${costUsd} in all`);
  assert.ok(requests() > before, 'it went on');
  assert.equal(end.events.filter(({ type }) => type === 'run_reset').length, 1);
  reportFault({
    fault: 'reset on a second machine with a budget',
    tried: 1,
    runsLost: 0,
    eventsLost: 0,
    callsRepeated: requests() - calls,
    recoverMs: null,
  });
  second.process.kill('SIGTERM');
  await second.ended;
});
