import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { workflowBundle } from '../../src/temporal/workflow-bundle.js';

test('the workflows are bundled once for every state of the sources', async () => {
  const first = await workflowBundle();
  assert.ok('codePath' in first);
  assert.match(readFileSync(first.codePath, 'utf8'), /agentRun/);
  const { ino } = statSync(first.codePath);
  assert.deepEqual(await workflowBundle(), first);
  assert.equal(statSync(first.codePath).ino, ino, 'made anew');
});
