import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GateDecision, GateRequest, Moment } from '../../src/domain/story/story-facts.js';
import { timeLine, timesOf } from '../../src/domain/story/time-line.js';
import { toldDecisions } from '../../src/domain/story/told-decisions.js';

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 30, 9, minute)).toISOString();
const moment = (
  minute: number,
  type: Moment['type'],
  phaseKey: string | null = null,
  round: number | null = null,
): Moment => ({
  type,
  phaseKey,
  round,
  ts: at(minute),
});
const shown = (moments: Moment[], until: number): string[] =>
  timeLine(moments, at(until)).map(
    ({ kind, phaseKey, from, to }) => `${kind} ${phaseKey} ${from.slice(14, 16)}-${to.slice(14, 16)}`,
  );

test('the time at a gate is that of people, and not of the phase', () => {
  const moments = [
    moment(0, 'run_started'),
    moment(0, 'phase_started', 'design', 1),
    moment(3, 'approval_requested', 'design'),
    moment(3, 'approval_requested', 'design'),
    moment(20, 'revision_started', 'design'),
    moment(22, 'approval_requested', 'design'),
    moment(25, 'phase_completed', 'design'),
    moment(25, 'phase_started', 'build', 1),
    moment(30, 'phase_completed', 'build'),
    moment(30, 'run_completed'),
  ];
  assert.deepEqual(shown(moments, 30), [
    'work design 00-03',
    'people design 03-20',
    'work design 20-22',
    'people design 22-25',
    'work build 25-30',
  ]);
  assert.deepEqual(timesOf(timeLine(moments, at(30)), [{ durationMs: 60_000 }]), {
    agentsMs: 9 * 60_000,
    checksMs: 60_000,
    peopleMs: 20 * 60_000,
    heldMs: 0,
  });
});

test('a pause counts from where the phase at work has ended; a phase that is parked waits for help', () => {
  const paused = [
    moment(0, 'phase_started', 'a', 1),
    moment(2, 'run_paused'),
    moment(5, 'phase_completed', 'a'),
    moment(9, 'run_resumed'),
    moment(9, 'phase_started', 'b', 1),
    moment(10, 'phase_failed', 'b'),
    moment(10, 'run_paused', 'b'),
    moment(40, 'run_resumed', 'b'),
    moment(40, 'phase_started', 'b', 1),
  ];
  assert.deepEqual(shown(paused, 41), ['work a 00-05', 'held a 05-09', 'work b 09-10', 'held b 10-40', 'work b 40-41']);
  assert.deepEqual(shown([moment(0, 'phase_started', 'a', 1)], 7), ['work a 00-07'], 'it goes on');
});

const request = (id: string, phaseKey: string, minute: number, state: string, gate = 'lead'): GateRequest => ({
  ...{ requestId: id, phaseKey, gate, round: 1, state, artifactSha256: null, requestedAt: at(minute) },
  ...{ expiresAt: null, approvers: null, required: 1, note: null, separateStarter: false, onTimeout: null },
  ...{ escalateTo: null, decideBy: null, mayRevise: true },
});
const approval = (requestId: string, minute: number): GateDecision => ({
  ...{ requestId, action: 'approve', by: 'ann', via: 'signal', comment: null, at: at(minute) },
});

test('approvals that a reset undid, that were voided, or whose gate opened anew, count no more', () => {
  const requests = [
    request('1', 'a', 1, 'approved'),
    request('2', 'b', 3, 'approved'),
    request('3', 'b', 11, 'approved'),
    request('4', 'c', 13, 'voided'),
    request('5', 'd', 15, 'pending'),
  ];
  const decisions = [approval('1', 2), approval('2', 4), approval('3', 12), approval('4', 14), approval('5', 16)];
  const told = (moments: Moment[]) =>
    toldDecisions(decisions, requests, moments, ['a', 'b', 'c', 'd']).map(({ phaseKey, counts, why }) =>
      [phaseKey, counts, why ?? ''].join(' '),
    );
  assert.deepEqual(told([moment(10, 'run_reset', 'b')]), [
    'a true ',
    'b false the run was reset to before it',
    'b true ',
    'c false its round is over: the work was sent back',
    'd true ',
  ]);
  assert.deepEqual(told([])[1], 'b false the gate opened anew after it');
  assert.deepEqual(told([moment(30, 'run_reset', 'a')])[0], 'a false the run was reset to before it');
});

test('what is no approval had its effect when it came, and counts for nothing later', () => {
  const [told] = toldDecisions(
    [{ ...approval('1', 2), action: 'requestChanges' }],
    [request('1', 'a', 1, 'changes_requested')],
    [],
    ['a'],
  );
  assert.deepEqual([told?.counts, told?.why], [false, null]);
});
