import { signal, type ActivatedRun } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhaseTask } from '../../src/domain/phase-contract.js';
import { NO_CHECKS } from '../support/no-checks.js';
import { gate, outcome, plan } from './support/plans.js';
import { atWork } from './support/runs.js';

const RED = { sendBack: true, failWhen: false };
const BACK = { to: 'build', when: { verdict: 'changes_requested' }, max: 2, onMax: 'gate' } as const;
const LOOP = plan([
  { key: 'design', gates: [gate('design-ok')] },
  { key: 'build', gates: [gate('build-ok')] },
  { key: 'note', artifact: null },
  { key: 'review', gates: [gate('merge')], sendBack: BACK },
  { key: 'release' },
]);
const sha = (character: string): string => character.repeat(64);
const left = (key: string, character: string, more: Parameters<typeof outcome>[1] = {}) => {
  const made = outcome(key);
  return outcome(key, { artifact: { ...made.artifact, sha256: sha(character) }, ...more });
};
const taskOf = (run: ActivatedRun): PhaseTask =>
  run.pending.find(({ type }) => type === 'executePhase')?.args[0] as PhaseTask;
const commit = (phaseKey: string, name: string) => ({
  phaseKey,
  sha: name,
  subject: 's',
  filesChanged: 1,
  insertions: 1,
  deletions: 0,
});

/** A run whose review is at work in its first round. */
async function atReview(planned = LOOP): Promise<ActivatedRun> {
  const run = await atWork(planned);
  await run.tell(run.completed('executePhase', left('design', 'd')));
  await run.tell(signal('approve', { by: 'ann', comment: 'but mention it in the changelog' }));
  await run.tell(run.completed('executePhase', left('build', '1', { commit: commit('build', 'c1') })));
  return run.tell(signal('approve', { by: 'bob' }));
}

const sendsBack = (run: ActivatedRun, character: string) =>
  run.tell(run.completed('executePhase', left('review', character, { matched: RED })));

test('a red verdict sends the work back at once, and the round has its number everywhere', async () => {
  const run = await sendsBack(await atReview(), 'a');
  const task = taskOf(run);
  assert.deepEqual(
    [task.phase.key, task.round, task.attemptOffset, task.feedback, task.head],
    ['build', 2, 0, null, 'c1'],
  );
  assert.deepEqual(task.sentBack, {
    from: 'review',
    to: 'build',
    why: 'verdict is "changes_requested"',
    by: null,
    comment: null,
    artifact: {
      ...left('review', 'a').artifact,
      path: 'artifacts/review.round-1.json',
      round: 1,
      original: 'artifacts/review.json',
    },
    own: {
      ...left('build', '1').artifact,
      path: 'artifacts/build.round-1.json',
      round: 1,
      original: 'artifacts/build.json',
    },
    since: 'c1',
  });
  assert.deepEqual(
    task.earlier.map(({ path }) => path),
    ['artifacts/design.json'],
  );
  assert.deepEqual(
    run.status.phases.map(({ key, state, round, attempts }) => [key, state, round, attempts]),
    [
      ['design', 'completed', 1, 1],
      ['build', 'running', 2, 0],
      ['note', 'pending', 2, 0],
      ['review', 'pending', 2, 0],
      ['release', 'pending', 1, 0],
    ],
  );
  const told = run.events.slice(run.eventTypes.indexOf('sent_back'));
  assert.deepEqual(
    told.map(({ type, phaseKey, payload: { round } }) => [type, phaseKey, round]),
    [
      ['sent_back', 'review', 2],
      ['approval_voided', 'build', 1],
      ['phase_started', 'build', 2],
    ],
  );
  assert.equal(told[1]?.payload.by, 'bob');
  assert.equal(run.pendingTypes.filter((type) => type === 'executePhase').length, 1);
});

test('gates of repeated phases open again, the review sees what changed since, and the run completes', async () => {
  const run = await sendsBack(await atReview(), 'a');
  // nothing waits for a decision now: an approval that comes late counts for nothing
  await run.tell(signal('approve', { phase: 'build', gate: 'build-ok', artifactSha256: sha('1') }));
  assert.equal(run.events.findLast(({ type }) => type === 'decision_ignored')?.payload.reason, 'no_open_gate');
  await run.tell(run.completed('executePhase', left('build', '2', { commit: commit('build', 'c2') })));
  assert.deepEqual(
    run.status.openGates.map(({ phase, gate: name }) => [phase, name]),
    [['build', 'build-ok']],
  );
  await run.tell(signal('approve', { phase: 'build', gate: 'build-ok', artifactSha256: sha('1') }));
  assert.equal(run.events.findLast(({ type }) => type === 'decision_ignored')?.payload.reason, 'stale_artifact');
  await run.tell(signal('approve', { by: 'bob' }));
  const { phase, round, sentBack, head } = taskOf(run);
  assert.deepEqual([phase.key, round, sentBack?.since, head], ['review', 2, 'c1', 'c2']);
  await run.tell(run.completed('executePhase', left('review', 'b')));
  await run.tell(signal('approve'));
  const release = taskOf(run);
  assert.deepEqual([release.phase.key, release.round, release.sentBack], ['release', 1, null]);
  assert.deepEqual(
    release.comments.comments.map(({ by, phase: at, comment }) => [by, at, comment]),
    [['ann', 'design', 'but mention it in the changelog']],
  );
  await run.tell(run.completed('executePhase', left('release', 'e')));
  assert.equal(run.closed?.as, 'completed');
});

test('after `max` rounds the gates open with the red verdict shown, and a person decides', async () => {
  const run = await atReview();
  for (const character of ['a', 'b']) {
    await sendsBack(run, character);
    await run.tell(run.completed('executePhase', left('build', character)));
    await run.tell(signal('approve'));
  }
  assert.equal(run.status.phases.find(({ key }) => key === 'review')?.sentBack, 2);
  await sendsBack(run, 'c');
  const [open] = run.status.openGates;
  assert.deepEqual(
    [open?.gate, open?.note],
    ['merge', 'verdict is "changes_requested", after the work was sent back 2 times'],
  );
  await run.tell(signal('approve', { by: 'ann' }));
  assert.equal(taskOf(run).phase.key, 'release');
});

test('with `onMax: fail` the run fails with a code that says so', async () => {
  const run = await atReview(
    plan([
      { key: 'design', gates: [gate('g')] },
      { key: 'build', gates: [gate('g')] },
      { key: 'review', sendBack: { ...BACK, max: 1, onMax: 'fail' } },
    ]),
  );
  await sendsBack(run, 'a');
  await run.tell(run.completed('executePhase', left('build', '2')));
  await run.tell(signal('approve'));
  await sendsBack(run, 'b');
  assert.deepEqual([run.closed?.as, run.closed?.code], ['failed', 'sent_back_too_often']);
  assert.match(run.closed?.message ?? '', /artifacts\/review\.json .*sent back 1 time$/);
});

test('`failWhen` fails the run, and where failures wait for help a person may try again', async () => {
  const failing = { key: 'design', failWhen: { verdict: 'hopeless' } };
  const matched = { sendBack: false, failWhen: true };
  const run = await atWork(plan([failing]));
  await run.tell(run.completed('executePhase', left('design', 'a', { matched })));
  assert.deepEqual([run.closed?.as, run.closed?.code], ['failed', 'verdict_failed']);
  const parked = await atWork(plan([failing], { onHumanRequired: 'wait' }));
  await parked.tell(parked.completed('executePhase', left('design', 'a', { matched })));
  assert.equal(parked.status.waitsFor?.code, 'verdict_failed');
  await parked.tell(signal('retry', { comment: 'look again' }));
  await parked.tell(parked.completed('executePhase', left('design', 'b')));
  assert.equal(parked.closed?.as, 'completed');
});

test('a person sends the work back from a later gate, and it counts as a revision of that phase', async () => {
  const run = await atReview();
  await run.tell(run.completed('executePhase', left('review', 'a')));
  await run.tell(
    run.decide('u', { action: 'requestChanges', to: 'build', by: 'cleo', comment: 'handle the empty file' }),
  );
  assert.match(JSON.stringify(run.updates.get('u')), /applied/);
  const { phase, round, sentBack, comments } = taskOf(run);
  assert.deepEqual(
    [phase.key, round, sentBack?.by, sentBack?.comment, sentBack?.artifact?.path],
    ['build', 2, 'cleo', 'handle the empty file', 'artifacts/review.round-1.json'],
  );
  assert.deepEqual(
    comments.comments.map(({ by }) => by),
    ['ann', 'cleo'],
  );
  const review = run.status.phases.find(({ key }) => key === 'review');
  assert.deepEqual([review?.revisions, review?.sentBack, review?.round], [1, 0, 2]);
});

for (const [to, reason] of [
  ['release', 'not_an_earlier_phase'],
  ['note', 'not_an_earlier_phase'],
  ['nowhere', 'not_an_earlier_phase'],
  ['', 'not_an_earlier_phase'],
  [7, 'malformed'],
] as const) {
  test(`requestChanges to ${JSON.stringify(to)} is refused as ${reason}`, async () => {
    const run = await atReview();
    await run.tell(run.completed('executePhase', left('review', 'a')));
    await run.tell(signal('requestChanges', { to, comment: 'again' }));
    assert.equal(run.events.findLast(({ type }) => type === 'decision_ignored')?.payload.reason, reason);
    assert.deepEqual(
      run.status.openGates.map(({ phase }) => phase),
      ['review'],
    );
  });
}

test('`to` may name the phase of the gate, which is a revision as ever; with another action it is malformed', async () => {
  const run = await atReview();
  await run.tell(run.completed('executePhase', left('review', 'a')));
  await run.tell(signal('approve', { to: 'build' }));
  assert.equal(run.events.findLast(({ type }) => type === 'decision_ignored')?.payload.reason, 'malformed');
  await run.tell(signal('requestChanges', { to: 'review', comment: 'again' }));
  const { phase, round, feedback } = taskOf(run);
  assert.deepEqual([phase.key, round, feedback?.includes('again')], ['review', 1, true]);
});

test('a person who edits the verdict at a gate decides anew', async () => {
  const run = await atReview();
  await run.tell(run.completed('executePhase', left('review', 'a')));
  await run.tell(signal('approve', { by: 'ann', artifactSha256: sha('b') }));
  const edited = { kind: 'valid', artifact: left('review', 'b').artifact, matched: RED };
  await run.tell(run.completed('checkEditedArtifact', edited));
  assert.deepEqual([taskOf(run).phase.key, taskOf(run).round], ['build', 2]);
  const voided = run.events.filter(({ type }) => type === 'approval_voided').map(({ phaseKey }) => phaseKey);
  assert.deepEqual(voided, ['build', 'review']);
});

test('a pause holds the next round, an abort in it cancels the run, and nothing is sent back any more', async () => {
  const run = await atReview();
  await run.tell(signal('pause', { by: 'ann' }));
  await sendsBack(run, 'a');
  assert.deepEqual([run.pendingTypes, run.status.state], [[], 'paused']);
  await run.tell(signal('resume'));
  assert.equal(taskOf(run).round, 2);
  await run.tell(signal('abort', { by: 'ann' }));
  await run.tell(run.cancelled('executePhase'));
  assert.equal(run.closed?.as, 'cancelled');
  const other = await atReview();
  await other.tell(signal('abort'), other.completed('executePhase', left('review', 'a', { matched: RED })));
  assert.ok(!other.eventTypes.includes('sent_back'));
});

test('a phase that was skipped runs again when the work goes back before it, and may be skipped again', async () => {
  const run = await atWork(
    plan([{ key: 'build' }, { key: 'docs', maySkip: true }, { key: 'review', sendBack: BACK, gates: [gate('g')] }], {
      onHumanRequired: 'wait',
    }),
  );
  const fails = async (): Promise<void> => {
    const failure = (await import('@temporalio/common')).ApplicationFailure.nonRetryable('no', 'stalled');
    await run.tell(run.failed('executePhase', failure));
    await run.tell(signal('skip'));
  };
  await run.tell(run.completed('executePhase', left('build', '1')));
  await fails();
  await sendsBack(run, 'a');
  await run.tell(run.completed('executePhase', left('build', '2')));
  assert.deepEqual([taskOf(run).phase.key, taskOf(run).round, taskOf(run).sentBack?.own], ['docs', 2, null]);
  await fails();
  assert.deepEqual(
    taskOf(run).earlier.map(({ path }) => path),
    ['artifacts/build.json'],
  );
  assert.equal(run.status.phases.find(({ key }) => key === 'docs')?.state, 'skipped');
});

test('usage adds up over rounds: what earlier rounds of a phase used counts outside its new conversation', async () => {
  const limited = { ...NO_CHECKS, budget: { microUsd: null, tokens: 10_000 } };
  const run = await atWork(
    plan([
      { key: 'build', ...limited },
      { key: 'review', gates: [gate('g')], sendBack: BACK },
    ]),
  );
  const usage = { ...outcome('x').usage, inputTokens: 600, outputTokens: 400 };
  await run.tell(run.completed('executePhase', left('build', '1', { usage })));
  await run.tell(run.completed('executePhase', left('review', 'a', { usage, matched: RED })));
  const { budget } = taskOf(run);
  assert.deepEqual([budget.spent.tokens, budget.own.tokens], [2_000, 1_000]);
  assert.equal(run.status.phases[0]?.usage.calls, 1);
});
