import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { CLONE } from '../../src/local/clone.js';

test('a worker that is started from sources finds the workflows bundled, after the first', () => {
  const script = `const { workflowBundle } = await import('./src/temporal/workflow-bundle.ts'); console.log(JSON.stringify(await workflowBundle()));`;
  const bundle = () =>
    JSON.parse(
      execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
        cwd: CLONE,
        encoding: 'utf8',
      }),
    ) as { codePath: string };
  const first = bundle();
  assert.match(readFileSync(first.codePath, 'utf8'), /agentRun/);
  const { ino } = statSync(first.codePath);
  assert.deepEqual(bundle(), first);
  assert.equal(statSync(first.codePath).ino, ino, 'made anew');
});
