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

test('nothing that others wrote controls the terminal that status writes to', async () => {
  const hostile = 'a\u001b[2Jb\u202ec\u009b31m\rd';
  const { status } = await atGate();
  const [phase, gate] = [status.phases[0]!, status.openGates[0]!];
  const text = statusText({
    ...status,
    run: { ...status.run, workflowId: hostile },
    branch: hostile,
    template: hostile,
    startedBy: hostile,
    phases: [{ ...phase, key: hostile, persona: hostile, fallback: hostile }],
    openGates: [{ ...gate, phase: hostile, gate: hostile, note: hostile }],
    ignored: [{ name: hostile, reason: hostile, at: '' }],
    ignoredTotal: 1,
    failure: { code: 'stalled', message: hostile },
  });
  assert.match(text, /a.*b.*c/);
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
});
