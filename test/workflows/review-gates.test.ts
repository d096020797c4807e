import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { NewReview, ReviewLook, ReviewNews } from '../../src/domain/deliver/deliver.js';
import { planDeliver } from '../../src/domain/deliver/plan-deliver.js';
import { signal, type ActivatedRun } from './support/activated-run.js';
import { gate, outcome, plan } from './support/plans.js';
import { atGate } from './support/runs.js';

const DELIVER = planDeliver({ push: 'origin', pullRequest: { provider: 'github' } });
const reviewed = (more: Parameters<typeof gate>[1] = {}) =>
  plan([{ key: 'design', gates: [gate('lead', { decideBy: 'pullRequest', ...more })] }, { key: 'plan' }], {
    deliver: DELIVER,
  });
const PUSHED = { remote: 'origin', url: '/r', branch: 'phasegate/w', sha: 'c1', how: 'created' };
const PULL = { provider: 'github', number: 7, url: 'https://github.test/7', draft: true, state: 'open' };
const PROPOSED = { pushed: PUSHED, pullRequest: PULL, opened: true, notes: [] };
const review = (more: Partial<NewReview> = {}): NewReview => ({
  id: '1:approve',
  by: 'github:ann',
  action: 'approve',
  comment: '',
  mayWrite: true,
  ...more,
});
const news = (...reviews: NewReview[]): ReviewNews => ({ state: 'open', reviews });
const eventsOf = (run: ActivatedRun, type: string) =>
  run.events.filter((event) => event.type === type).map(({ payload }) => payload);
const lookOf = (run: ActivatedRun): ReviewLook | undefined =>
  run.pending.find(({ type }) => type === 'waitForReview')?.args[1] as ReviewLook | undefined;

async function atReview(planned = reviewed()): Promise<ActivatedRun> {
  const run = await atGate(planned);
  return run.tell(run.completed('proposeForReview', PROPOSED));
}

test('S15: an approving review decides the gate, with the name that the forge proves; messages do not', async () => {
  const run = await atReview();
  assert.deepEqual(lookOf(run), { number: 7, sha: 'c1', known: [], state: 'open' });
  await run.tell(signal('approve', { by: 'github:ann' }), signal('reject'));
  assert.deepEqual(
    eventsOf(run, 'decision_ignored').map(({ reason }) => reason),
    ['pull_request_decides', 'pull_request_decides'],
  );
  await run.tell(run.completed('waitForReview', news(review())));
  const [decided] = eventsOf(run, 'approval_resolved');
  assert.deepEqual([decided?.action, decided?.by, decided?.via], ['approve', 'github:ann', 'pull_request']);
  assert.ok(run.pending.some(({ type, args }) => type === 'executePhase' && JSON.stringify(args).includes('"plan"')));
  assert.equal(lookOf(run), undefined);
});

test('a review of somebody who may not push, or who is no approver, is recorded once and decides nothing', async () => {
  const run = await atReview(reviewed({ approvers: ['github:bob'] }));
  await run.tell(
    run.completed('waitForReview', news(review({ mayWrite: false, by: 'github:eve' }), review({ id: '2' }))),
  );
  assert.deepEqual(
    eventsOf(run, 'decision_ignored').map(({ reason, by }) => [reason, by]),
    [
      ['may_not_write', 'github:eve'],
      ['not_an_approver', 'github:ann'],
    ],
  );
  assert.deepEqual(lookOf(run)?.known, ['1:approve', '2']);
  await run.tell(run.completed('waitForReview', news(review({ id: '3', by: 'github:bob' }))));
  assert.equal(eventsOf(run, 'approval_resolved').length, 1);
});

test('a request for changes has the phase work again with its words; an old review does not count for the new commit', async () => {
  const run = await atReview();
  const wish = review({ id: '1:requestChanges', action: 'requestChanges', comment: 'add a test' });
  await run.tell(run.completed('waitForReview', news(wish)));
  const [task] = run.pending.filter(({ type }) => type === 'executePhase').map(({ args }) => JSON.stringify(args[0]));
  assert.match(task ?? '', /add a test/);
  await run.tell(run.completed('executePhase', outcome('design')));
  await run.tell(run.completed('proposeForReview', { ...PROPOSED, pushed: { ...PUSHED, sha: 'c2' }, opened: false }));
  assert.deepEqual(lookOf(run), { number: 7, sha: 'c2', known: ['1:requestChanges'], state: 'open' });
  await run.tell(run.completed('waitForReview', news(review({ id: '2', action: 'requestChanges' }))));
  const [again] = run.pending.filter(({ type }) => type === 'executePhase').map(({ args }) => JSON.stringify(args[0]));
  assert.match(again ?? '', /without a word/);
});

test('two people are needed where the gate says so', async () => {
  const run = await atReview(reviewed({ required: 2 }));
  await run.tell(run.completed('waitForReview', news(review(), review({ id: '2' }))));
  assert.deepEqual(
    eventsOf(run, 'decision_ignored').map(({ reason }) => reason),
    ['approved_by_same'],
  );
  await run.tell(run.completed('waitForReview', news(review({ id: '3', by: 'github:bob' }))));
  assert.deepEqual(
    eventsOf(run, 'approval_resolved').map(({ complete }) => complete),
    [false, true],
  );
});

test('what goes wrong at the forge is told at the gate and tried again; without a commit messages decide', async () => {
  const run = await atGate(reviewed());
  await run.tell(run.failed('proposeForReview', ApplicationFailure.nonRetryable('no scope', 'forge_forbidden')));
  const { openGates } = run.status;
  assert.match(openGates[0]?.note ?? '', /forge_forbidden: no scope; it is tried again/);
  const empty = await atGate(reviewed());
  await empty.tell(
    empty.failed('proposeForReview', ApplicationFailure.nonRetryable('no commit', 'nothing_to_deliver')),
  );
  assert.match(empty.status.openGates[0]?.note ?? '', /messages decide/);
  await empty.tell(signal('approve'));
  assert.equal(eventsOf(empty, 'approval_resolved').length, 1);
});

test('a pull request that is closed decides nothing and is told; an abort ends the waiting', async () => {
  const run = await atReview();
  await run.tell(run.completed('waitForReview', { state: 'closed', reviews: [] }));
  assert.match(run.status.openGates[0]?.note ?? '', /pull request is closed/);
  assert.equal(lookOf(run)?.state, 'closed');
  await run.tell(run.completed('waitForReview', { state: 'open', reviews: [] }));
  assert.equal(run.status.openGates[0]?.note, null);
  await run.tell(signal('abort', { by: 'ann' }));
  assert.equal(run.closed?.as, 'cancelled');
});

test('a result that somebody made by hand does not stop the run for ever', async () => {
  const run = await atGate(reviewed());
  await run.tell(run.completed('proposeForReview', { nonsense: true }));
  assert.match(run.status.openGates[0]?.note ?? '', /internal_error/);
  const other = await atReview();
  await other.tell(other.completed('waitForReview', 7));
  assert.match(other.status.openGates[0]?.note ?? '', /internal_error/);
});
