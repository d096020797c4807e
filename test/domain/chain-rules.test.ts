import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainFault, isLaterInChain, type ChainFacts } from '../../src/domain/chain-rules.js';

const once: ChainFacts = { workflowId: 'w', firstExecutionRunId: 'a', originalExecutionRunId: 'a' };

test('a workflow that is started once is a run, and stays one over a reset', () => {
  assert.equal(chainFault(once), null);
  assert.equal(chainFault({ ...once, cronSchedule: '' }), null);
  assert.equal(chainFault({ ...once, retryPolicy: { maximumAttempts: 1 } }), null, 'one attempt is not a retry');
  assert.equal(isLaterInChain(once), false);
});

test('a cron schedule is refused, with the command that stops it and with what to use instead', () => {
  const fault = chainFault({ ...once, cronSchedule: '@every 1h' });
  assert.match(
    fault ?? '',
    /cron schedule '@every 1h'.*temporal workflow terminate --workflow-id 'w'.*temporal schedule create/,
  );
});

test('a retry policy is refused, and whatever continues another execution', () => {
  for (const retryPolicy of [{}, { maximumAttempts: 0 }, { maximumAttempts: 3 }])
    assert.match(chainFault({ ...once, retryPolicy }) ?? '', /retry policy/);
  const later = { ...once, originalExecutionRunId: 'b' };
  assert.equal(isLaterInChain(later), true);
  assert.match(chainFault(later) ?? '', /continues another one/);
});
