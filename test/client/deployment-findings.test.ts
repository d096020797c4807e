import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploymentFindings } from '../../src/client/doctor/deployment.js';

const version = (buildId: string, isPolling: boolean, openRuns = 0) => ({ buildId, isPolling, openRuns });
const findings = (currentBuildId: string | null, ...versions: ReturnType<typeof version>[]) =>
  deploymentFindings('phasegate', '2', { currentBuildId, versions });

test('a current version with workers is fine, and open runs of it need nothing', () => {
  assert.deepEqual(
    findings('2', version('2', true, 5)).map(({ level }) => level),
    ['ok'],
  );
});

test('without a current version new runs wait, and the command makes this build the current one', () => {
  const [first] = findings(null, version('2', true));
  assert.equal(first?.level, 'FAIL');
  assert.match(first?.text ?? '', /no current version: new runs wait/);
  assert.match(first?.todo ?? '', /set-current-version --deployment-name phasegate --build-id 2 --yes/);
});

test('a current version without workers names the one that has some', () => {
  const [first] = findings('1', version('1', false), version('2', true));
  assert.equal(first?.level, 'FAIL');
  assert.match(first?.todo ?? '', /PHASEGATE_BUILD_ID=1, or: .*--build-id 2/);
});

test('open runs of a version without workers are told, with the command that moves them', () => {
  const [, second] = findings('2', version('2', true), version('1', false, 3));
  assert.equal(second?.level, 'warn');
  assert.match(second?.text ?? '', /^3 open runs last worked on version 1/);
  assert.match(second?.todo ?? '', /update-options .*TemporalWorkerDeploymentVersion = 'phasegate:1'/);
});
