import { ActivatedRun, JsonText } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('an input nested too deeply to be handed on fails the run at once, and not the workflow task for ever', async () => {
  const depth = 200_000;
  const deep = new JsonText(`{"template":"t","extra":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  const run = await new ActivatedRun(deep).start();
  assert.deepEqual([run.closed?.as, run.closed?.code], ['failed', 'input_invalid']);
  assert.match(run.closed?.message ?? '', /nested too deeply/);
});
