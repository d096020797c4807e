import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openState } from '../../src/domain/run-status.js';

const WAITS = { kind: 'paused', phase: null, code: null, message: 'held' } as const;

test('S17: the state of an open run follows from what it waits for, also before it is planned', () => {
  assert.equal(openState({ waitsFor: null, template: null }), 'created');
  assert.equal(openState({ waitsFor: null, template: 't@1' }), 'executing');
  assert.equal(openState({ waitsFor: WAITS, template: null }), 'paused');
  assert.equal(openState({ waitsFor: { ...WAITS, kind: 'parked' }, template: 't@1' }), 'paused');
});
