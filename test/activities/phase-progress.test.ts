import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PhaseProgress } from '../../src/activities/phase/phase-progress.js';
import { addMoney, money, NO_MONEY } from '../../src/domain/money/amount.js';
import { addReservations, NOTHING, type Reservation } from '../../src/domain/money/budget.js';
import { countedOf, countedOfCall } from '../../src/domain/money/usage.js';
import type { PhaseSnapshot } from '../../src/domain/phase-contract.js';
import type { ModelCall } from '../../src/domain/record/model-call.js';
import { modelCall } from '../mirror/support.js';

/** What the next try finds: a snapshot goes through JSON on its way. */
const handedOn = (progress: PhaseProgress): PhaseProgress =>
  new PhaseProgress(JSON.parse(JSON.stringify(progress.snapshot())) as PhaseSnapshot);

const failed = (id: string, reserved: Reservation): ModelCall =>
  modelCall(id, {
    status: 'error',
    errorCode: 'provider_timeout',
    inputTokens: 0,
    outputTokens: 0,
    costInputMicroUsd: null,
    costOutputMicroUsd: null,
    reservedMicroUsd: reserved.microUsd,
    reservedTokens: reserved.tokens,
  });

test('the first try has no progress to begin with', () => {
  const progress = new PhaseProgress();
  assert.deepEqual([progress.attempt, progress.repair, progress.usedMs, progress.rebuilt], [1, null, 0, 0]);
  assert.deepEqual(countedOf(progress.usage), NOTHING);
});

test('a snapshot does not change with what happens later', () => {
  const progress = new PhaseProgress();
  const before = progress.snapshot();
  progress.folderRebuilt();
  progress.attemptFailed('a', 'write it');
  assert.deepEqual([before.rebuilt, before.attempt], [0, 1]);
});

test('S12: the next attempt is told what was wrong, and begins with no time used and no other failure', () => {
  const progress = new PhaseProgress();
  progress.timeUsed(1, 700);
  progress.failedOtherwise();
  progress.attemptFailed('a', 'write it');
  progress.timeUsed(1, 900);
  const next = handedOn(progress);
  assert.deepEqual([next.attempt, next.repair, next.usedMs, next.otherFailures], [2, 'write it', 0, 0]);
});

test('S12: the same failure three times in a row is a stall, another between begins anew', () => {
  const stalls = (...prints: string[]): boolean[] => {
    const progress = new PhaseProgress();
    return prints.map((print) => {
      const isStall = progress.isStalledBy(print);
      progress.attemptFailed(print, '');
      return isStall;
    });
  };
  assert.deepEqual(stalls('a', 'a', 'a'), [false, false, true]);
  assert.deepEqual(stalls('a', 'a', 'b', 'a', 'a', 'a'), [false, false, false, false, false, true]);
});

test('patience is counted from the first failure of a provider, and anew after a reply', () => {
  const progress = new PhaseProgress();
  assert.deepEqual(progress.providerFailed(1_000, true), { failingMs: 0, badReplies: 1 });
  assert.deepEqual(handedOn(progress).providerFailed(4_000, true), { failingMs: 3_000, badReplies: 2 });
  assert.deepEqual(progress.providerFailed(5_000, false), { failingMs: 4_000, badReplies: 0 }, 'in a row only');
  progress.callEnded(failed('a', NOTHING));
  assert.equal(progress.providerFailed(6_000, false).failingMs, 5_000, 'a failed call is not a reply');
  progress.callEnded(modelCall('b'));
  assert.deepEqual(progress.providerFailed(9_000, true), { failingMs: 0, badReplies: 1 });
});

test('a call under way is known to the next try until it has ended or its reply is found', () => {
  const progress = new PhaseProgress();
  progress.callBegan(failed('a', NOTHING));
  assert.equal(handedOn(progress).begun?.id, 'a');
  progress.replyFound();
  assert.equal(progress.begun, null);
  progress.callBegan(failed('b', NOTHING));
  progress.callEnded(modelCall('b'));
  assert.equal(progress.begun, null);
});

const amount = fc
  .tuple(fc.nat(1_000_000), fc.nat(100_000))
  .map(([hundredths, tokens]): Reservation => ({ microUsd: money(hundredths / 100), tokens }));
const call = fc.tuple(fc.boolean(), amount).map(([isReply, { microUsd, tokens }]) =>
  isReply
    ? modelCall('reply', {
        costInputMicroUsd: microUsd,
        costOutputMicroUsd: NO_MONEY,
        inputTokens: tokens,
        outputTokens: 0,
      })
    : failed('broken', { microUsd, tokens }),
);

test('S24: the sum counts each call once, whatever heartbeats lose of it and however often it is handed on', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 12 }), fc.func(fc.boolean()), (calls, isHandedOn) => {
      let progress = new PhaseProgress();
      for (const [index, line] of calls.entries()) {
        progress.callBegan(failed('begun', NOTHING));
        progress.callEnded(line);
        if (isHandedOn(index)) progress = handedOn(progress);
      }
      const replies = calls.filter(({ status }) => status === 'ok');
      const broken = calls.filter(({ status }) => status === 'error');
      assert.deepEqual(progress.failedCalls, addReservations(...broken.map(countedOfCall)));
      assert.deepEqual(countedOf(progress.usage), addReservations(...calls.map(countedOfCall)));
      assert.equal(progress.unrecorded.length, broken.length);
      // the newest heartbeat may lack the last replies: the conversation has them all
      progress.repliesCounted(replies);
      assert.deepEqual(countedOf(progress.usage), addReservations(...calls.map(countedOfCall)));
      assert.equal(progress.usage.calls, calls.length);
    }),
  );
});

test('S24: after a reset, the cost in history and the cost that the reset undid are all that was paid', () => {
  fc.assert(
    fc.property(amount, amount, fc.array(amount, { maxLength: 3 }), (known, undone, broken) => {
      const progress = new PhaseProgress();
      for (const [index, one] of broken.entries()) progress.callEnded(failed(`${index}`, one));
      const paid = addReservations(known, undone, ...broken);
      // looked up by every attempt, it counts once
      for (let n = 0; n < 2; n++) progress.paidBeforeReset({ run: paid, phase: paid }, { run: known, phase: known });
      assert.deepEqual(progress.undone, { run: undone, phase: undone });
      assert.equal(
        countedOf(progress.usage).microUsd,
        addMoney(undone.microUsd, ...broken.map(({ microUsd }) => microUsd)),
      );
    }),
  );
});

test('repairs of red work have a count of their own, apart from attempts at a valid artifact', () => {
  const progress = new PhaseProgress();
  progress.workRed('a', 'test is red');
  progress.attemptFailed('b', 'not valid');
  progress.workRed('c', 'test is red again');
  assert.deepEqual([progress.attempt, progress.repairs, progress.artifactAttempt], [4, 2, 2]);
  assert.equal(progress.repair, 'test is red again');
  // an attempt that was begun by a build without checks
  const older = new PhaseProgress({ attempt: 2 });
  assert.deepEqual([older.repairs, older.artifactAttempt], [0, 2]);
});

test('waiting for a place is not time in which the provider failed', () => {
  const progress = new PhaseProgress();
  progress.heldUp(5_000);
  assert.equal(progress.providerFailed(10_000, false).failingMs, 0);
  progress.heldUp(2_000);
  assert.equal(handedOn(progress).providerFailed(13_000, false).failingMs, 1_000);
});
