// Alone in its process: it drives a workflow, whose globals are not those of a worker's process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusText } from '../../src/client/look/status-text.js';
import { atGate, atWork } from '../workflows/support/runs.js';

test('status says that a phase at work is not in the cost yet', async () => {
  const [work, gate] = [await atWork(), await atGate()];
  assert.match(statusText(work.status), /cost \$0\.0000 in 0 model calls, without the phase that runs now$/m);
  assert.match(statusText(gate.status), /cost \$0\.0001 in 1 model calls$/m);
});
