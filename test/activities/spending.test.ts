import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PhaseProgress } from '../../src/activities/phase/phase-progress.js';
import { limitsOfThread, settleSpending } from '../../src/activities/phase/spending.js';
import { NOTHING, type Reservation } from '../../src/domain/money/budget.js';
import type { ModelCall } from '../../src/domain/record/model-call.js';
import { money, NO_MONEY } from '../../src/domain/money/amount.js';
import type { PhaseSnapshot, PhaseTask } from '../../src/domain/phase-contract.js';
import { countedOf } from '../../src/domain/money/usage.js';
import { modelCall } from '../mirror/support.js';

const RUN = '00000000-0000-4000-8000-000000000001';
const AGAIN = '00000000-0000-4000-8000-000000000002';

const amount = (microUsd: number, tokens: number): Reservation => ({ microUsd: money(microUsd), tokens });
const limitsOf = (task: PhaseTask, progress: PhaseProgress) => limitsOfThread({ task, progress });
const taskOf = (
  executionRunId: string,
  { spent = NOTHING, own = NOTHING, share = null as number | null } = {},
): PhaseTask =>
  ({
    run: { runId: RUN, workflowId: 'w', executionRunId },
    phase: { key: 'design', budget: { microUsd: share === null ? null : money(share), tokens: null } },
    budget: { limits: { microUsd: money(1_000), tokens: 10_000 }, spent, own },
  }) as unknown as PhaseTask;

/** A ledger with what it would answer, and what it was told. */
function ledger({ spent = { run: NOTHING, phase: NOTHING }, replies = [] as string[], away = 0 } = {}) {
  const recorded: ModelCall[] = [];
  let failures = away;
  return {
    recorded,
    hasReply: async (_: string, { ts }: { ts: string }) => replies.includes(ts),
    recordModelCalls: async (_: unknown, calls: readonly ModelCall[]) => {
      if (failures-- > 0) throw new Error('away');
      recorded.push(...calls);
    },
    readSpent: async () => spent,
  };
}

const broken = (id: string, microUsd: number, tokens: number): ModelCall =>
  modelCall(id, {
    status: 'error',
    errorCode: 'provider_timeout',
    inputTokens: 0,
    outputTokens: 0,
    costInputMicroUsd: null,
    costOutputMicroUsd: null,
    reservedMicroUsd: money(microUsd),
    reservedTokens: tokens,
  });

test('S24: a call that broke off counts for the attempts that follow', async () => {
  const progress = new PhaseProgress({ begun: broken('a', 300, 3_000) });
  progress.callEnded(broken('a', 300, 3_000));
  assert.equal(progress.begun, null);
  assert.deepEqual(limitsOf(taskOf(RUN), progress), { microUsd: '700', tokens: 7_000 });
  const next = new PhaseProgress(JSON.parse(JSON.stringify(progress.snapshot())) as PhaseSnapshot);
  const told = ledger();
  await settleSpending(told, taskOf(RUN), next);
  assert.deepEqual(
    told.recorded.map(({ id }) => id),
    ['a'],
    'what the mirror could not take is told again',
  );
  assert.deepEqual(limitsOf(taskOf(RUN), next), { microUsd: '700', tokens: 7_000 });
});

test('failed calls that the ledger refuses are told again until it takes them', async () => {
  const progress = new PhaseProgress();
  progress.callEnded(broken('a', 1, 1));
  progress.callEnded(broken('b', 1, 1));
  const told = ledger({ away: 1 });
  await assert.rejects(settleSpending(told, taskOf(RUN), progress), /away/);
  assert.deepEqual(
    progress.unrecorded.map(({ id }) => id),
    ['a', 'b'],
  );
  await settleSpending(told, taskOf(RUN), progress);
  assert.deepEqual([told.recorded.map(({ id }) => id), progress.unrecorded], [['a', 'b'], []]);
});

test('S24: a call whose worker died counts with its worst case, unless its reply is in the ledger', async () => {
  const call = broken('a', 300, 3_000);
  const lost = new PhaseProgress({ begun: call });
  const told = ledger();
  await settleSpending(told, taskOf(RUN), lost);
  assert.deepEqual(
    [told.recorded.map(({ id }) => id), limitsOf(taskOf(RUN), lost).microUsd, lost.usage.unpricedCalls],
    [['a'], '700', 1],
  );
  const answered = new PhaseProgress({ begun: call });
  await settleSpending(ledger({ replies: [call.ts] }), taskOf(RUN), answered);
  assert.deepEqual([answered.begun, limitsOf(taskOf(RUN), answered).microUsd, answered.usage.calls], [null, '1000', 0]);
});

test('S24: what was paid for work that a reset undid is looked up by every attempt, and counts once', async () => {
  const task = taskOf(AGAIN, { spent: amount(100, 1_000) });
  const progress = new PhaseProgress();
  // of it history knows 100, and the rest is behind the point of the reset
  const told = ledger({ spent: { run: amount(500.5, 5_000), phase: amount(0, 0) } });
  for (let attempt = 0; attempt < 3; attempt++) {
    await settleSpending(told, task, progress);
    assert.deepEqual(limitsOf(task, progress), { microUsd: '499.5', tokens: 5_000 });
    assert.deepEqual([progress.usage.undoneMicroUsd, progress.usage.undoneTokens], ['400.5', 4_000]);
  }
  progress.repliesCounted([
    modelCall('r', { costInputMicroUsd: money(10), costOutputMicroUsd: money(5), inputTokens: 6, outputTokens: 4 }),
  ]);
  assert.deepEqual(countedOf(progress.usage), amount(415.5, 4_010), 'the outcome tells the run of it');
});

test('S24: after a reset, calls that broke off since are not counted twice', async () => {
  const task = taskOf(AGAIN);
  const progress = new PhaseProgress();
  progress.callEnded(broken('a', 300, 3_000));
  await settleSpending(ledger({ spent: { run: amount(500, 5_000), phase: amount(300, 3_000) } }), task, progress);
  assert.deepEqual(limitsOf(task, progress), { microUsd: '500', tokens: 5_000 });
});

test('S24: work that was undone counts against the share of its own phase, and not of another', async () => {
  const progress = new PhaseProgress();
  const task = taskOf(AGAIN, { share: 400 });
  await settleSpending(ledger({ spent: { run: amount(500, 0), phase: amount(150, 0) } }), task, progress);
  assert.equal(limitsOf(task, progress).microUsd, '250');
  assert.equal(
    limitsOf(taskOf(RUN, { share: 400, own: amount(100, 0) }), new PhaseProgress()).microUsd,
    '300',
    'calls that broke off in an earlier try of the phase',
  );
});

test('a run that was not reset asks the ledger for nothing', async () => {
  const told = { ...ledger(), readSpent: () => Promise.reject(new Error('asked')) };
  const progress = new PhaseProgress();
  await settleSpending(told, taskOf(RUN), progress);
  assert.deepEqual(progress.undone, { run: NOTHING, phase: NOTHING });
  assert.equal(progress.usage.costMicroUsd, NO_MONEY);
});
