import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { asApplicationFailure } from '../../src/activities/temporal-failure.js';
import { PhasegateError, type FailureCode } from '../../src/domain/failures.js';
import '../support/quiet-runtime.js';

/**
 * Lets an activity fail with each of the errors in turn, as Temporal would call it. @returns which failures were final
 */
async function attempts(errors: readonly unknown[]): Promise<boolean[]> {
  const finals: boolean[] = [];
  let details: unknown;
  for (const [index, error] of errors.entries()) {
    const environment = new MockActivityEnvironment({ attempt: index + 1, heartbeatDetails: details });
    environment.on('heartbeat', (told: unknown) => (details = told));
    const failed: unknown = await environment.run(async () => asApplicationFailure(error));
    finals.push((failed as ApplicationFailure).nonRetryable ?? false);
  }
  return finals;
}

const times = (count: number, error: unknown): unknown[] => Array.from({ length: count }, () => error);
const coded = (code: FailureCode) => new PhasegateError(code, 'x');
const untilFinal = (finals: boolean[]): number => finals.indexOf(true) + 1;

test('surroundings that fail are tried again a bounded number of times before that is final', async () => {
  assert.equal(untilFinal(await attempts(times(12, coded('workspace_failed')))), 5);
  assert.equal(untilFinal(await attempts(times(12, coded('mirror_not_migrated')))), 10);
  assert.equal(untilFinal(await attempts(times(12, new TypeError('a bug')))), 10);
});

test('a failure that waits for PostgreSQL or for a person is never final, and uses up no try', async () => {
  for (const code of ['mirror_unavailable', 'database_refused'] as const) {
    assert.equal(untilFinal(await attempts(times(30, coded(code)))), 0, code);
    const mixed = [
      ...times(20, coded(code)),
      coded('workspace_failed'),
      ...times(20, coded(code)),
      ...times(4, coded('workspace_failed')),
    ];
    assert.deepEqual(
      (await attempts(mixed)).flatMap((isFinal, index) => (isFinal ? [index] : [])),
      [mixed.length - 1],
      code,
    );
  }
});

test("a failure that another try can't mend is final at once", async () => {
  for (const code of [
    'input_invalid',
    'workspace_lost',
    'budget_exceeded',
    'artifact_changed',
    'config_invalid',
  ] as const)
    assert.deepEqual(await attempts([coded(code)]), [true], code);
});
