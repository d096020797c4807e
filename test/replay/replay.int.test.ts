import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { makeWorkflowBundle, PAYLOAD_CONVERTER_PATH, workflowBundle } from '../../src/worker/workflow-bundle.js';
import '../support/quiet-runtime.js';
import { SCENARIOS } from './scenarios.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

interface History {
  events: { workflowExecutionStartedEventAttributes?: { workflowId?: string } }[];
}

const HISTORIES = path.join(PACKAGE_ROOT, 'test/histories');
const names = readdirSync(HISTORIES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

async function replay(name: string, bundle: WorkflowBundleOption): Promise<void> {
  const history = JSON.parse(readFileSync(path.join(HISTORIES, `${name}.json`), 'utf8')) as History;
  const { workflowId } = history.events[0]?.workflowExecutionStartedEventAttributes ?? {};
  await Worker.runReplayHistory(
    { workflowBundle: bundle, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER_PATH } },
    history,
    workflowId,
  );
}

for (const name of names) {
  test(`S20: a run recorded as ${name} goes on with this version of the workflow`, async () =>
    replay(name, await workflowBundle()));
}

test('every scenario has its history', () => {
  for (const name of Object.keys(SCENARIOS)) assert.ok(names.includes(name), `${name}: npm run record-histories`);
});

test('a change that would break runs in flight is caught', async () => {
  const code = await makeWorkflowBundle(path.join(PACKAGE_ROOT, 'test/replay/changed-workflow.ts'));
  await assert.rejects(replay('completed', { code }), (error: Error) => error.name === 'DeterminismViolationError');
});
