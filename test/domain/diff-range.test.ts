import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffRange } from '../../src/domain/record/diff-range.js';
import type { EventFacts } from '../../src/domain/record/report-facts.js';

const event = (seq: number, type: EventFacts['type'], payload: EventFacts['payload']): EventFacts => ({
  seq,
  type,
  phaseKey: 'code',
  payload,
  ts: '2026-11-25T10:00:00.000Z',
});
const EVENTS = [
  event(1, 'changes_committed', { sha: 'a' }),
  event(2, 'approval_resolved', { action: 'approve' }),
  event(3, 'approval_resolved', { action: 'requestChanges', by: 'ann', comment: 'more' }),
  event(4, 'changes_committed', { sha: 'undone' }),
  event(5, 'changes_committed', { sha: 'b' }),
  event(6, 'approval_resolved', { action: 'requestChanges', by: null, comment: 'less' }),
  event(7, 'changes_committed', { sha: 'c' }),
];
const range = (since?: string, shas = ['a', 'b', 'c']) => {
  const { from, to } = diffRange({ base: 'base', shas }, EVENTS, since);
  return [from, to];
};

test('the diff begins at the last request for changes, at one by its number, or at the begin', () => {
  assert.deepEqual(range(), ['b', 'c']);
  assert.deepEqual(range('1'), ['a', 'c']);
  assert.deepEqual(range('begin'), ['base', 'c']);
  assert.throws(() => range('3'), /--since must be begin.* there are the requests 1 to 2/);
  assert.throws(() => range('x'), { code: 'usage_invalid' });
  assert.match(diffRange({ base: 'base', shas: ['a'] }, EVENTS, '1').about, /request 1 of 2 by ann: more/);
});

test('a commit that a reset undid does not count, and a run without commits has no changes', () => {
  assert.deepEqual(range('2', ['a', 'c']), ['a', 'c']);
  assert.deepEqual(range(undefined, []), ['base', 'base']);
  assert.deepEqual(diffRange({ base: 'base', shas: ['a'] }, [], undefined).from, 'base');
});
