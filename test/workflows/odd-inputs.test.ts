import { ActivatedRun, RawInput, rawPayload } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('an input nested too deeply to be handed on fails the run at once, and not the workflow task for ever', async () => {
  const depth = 200_000;
  const deep = rawPayload(`{"template":"t","extra":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  const run = await new ActivatedRun(new RawInput(deep)).start();
  assert.deepEqual([run.closed?.as, run.closed?.code], ['failed', 'input_invalid']);
  assert.match(run.closed?.message ?? '', /nested too deeply/);
});

test('an input of 2 MB of bytes fails the run at once, and is not written out number by number', async () => {
  const before = process.cpuUsage().user;
  const run = await new ActivatedRun(new RawInput(rawPayload(new Uint8Array(1_950_000), 'binary/plain'))).start();
  assert.deepEqual([run.closed?.as, run.closed?.code], ['failed', 'input_invalid']);
  assert.match(run.closed?.message ?? '', /bytes, not JSON/);
  assert.ok((run.closed?.message ?? '').length < 400);
  // to write it out takes 2 s on a quick machine
  const tookMs = (process.cpuUsage().user - before) / 1_000;
  assert.ok(tookMs < 1_500, `${tookMs} ms`);
});
