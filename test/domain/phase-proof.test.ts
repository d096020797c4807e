import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { commandsMs } from '../../src/domain/check/commands-time.js';
import { proofText, readProof } from '../../src/domain/check/phase-proof.js';
import type { CheckSummary } from '../../src/domain/check/check-run.js';
import type { PlannedCheck } from '../../src/domain/check/planned-check.js';
import { checkTable } from '../../src/domain/record/report-checks.js';
import type { CheckFacts } from '../../src/domain/record/report-facts.js';

const passed: CheckSummary = {
  name: 'test',
  outcome: 'passed',
  expect: 'pass',
  end: 'exited',
  exitCode: 0,
  durationMs: 12_300,
};

test('people see the checks, or that nothing was run, or nothing where nothing could change', () => {
  assert.equal(proofText(readProof({ checks: [passed] }, true)), 'test ✓ 12.3 s');
  assert.equal(proofText(readProof({ checks: [] }, true)), 'nothing was run');
  assert.equal(proofText(readProof({ checks: [] }, false)), null);
  assert.equal(proofText(null), null);
});

test('an outcome of an older build, or one that a person wrote by hand, is no reason to stand still', () => {
  assert.deepEqual(readProof({}, true), { checks: [], protectedChanged: [], mayChange: true });
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (checks, protectedChanged) => {
      assert.equal(typeof proofText(readProof({ checks: [checks, passed], protectedChanged }, true)), 'string');
      readProof({ checks, protectedChanged }, false);
    }),
  );
});

const check = { timeoutMs: 1_000, retries: 2 } as PlannedCheck;

test('an activity has time for its set-up, and for each check with its repetitions and its run at the base commit', () => {
  const setup = [{ run: 'a', network: 'none' as const, timeoutMs: 500 }];
  const waiting = 6 * 3_600_000;
  assert.equal(commandsMs({ checks: [check, check] }, { sandbox: 'bwrap', setup }), 500 + 2 * 6_000 + waiting);
  assert.equal(commandsMs({ checks: [check] }, { sandbox: 'off', setup }), 0);
  assert.equal(commandsMs({}, { sandbox: 'bwrap', setup: [] }), 0);
  assert.equal(commandsMs({}, undefined), 0);
});

test('the report has every run of a command, and says where no check has looked at the commits', () => {
  const commit = { phaseKey: 'fix', sha: 'c', subject: 's', filesChanged: 1, insertions: 1, deletions: 0 };
  const run: CheckFacts = {
    ...{
      phaseKey: 'fix',
      round: 1,
      attempt: 2,
      kind: 'check',
      name: 'types',
      expect: 'pass',
      outcome: 'already_failing',
    },
    ...{ end: 'exited', exitCode: 2, durationMs: 400, outputSha256: 'a', sandbox: 'none' },
  };
  assert.match(
    checkTable({ checks: [run], commits: [commit] }),
    /\| fix \| 1 \| 2 \| check \| types \| ✗ already failing \| exit 2 \| 0\.4 s \| \*\*none\*\* \|/,
  );
  assert.match(checkTable({ checks: [], commits: [commit] }), /\*\*nothing was run\*\*/);
  assert.equal(checkTable({ checks: [], commits: [] }), '');
  assert.equal(checkTable({ commits: [commit] }), '');
});
