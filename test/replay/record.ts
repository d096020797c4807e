// `npm run record-histories [NAME …]`: runs the scenarios against real servers and keeps their histories for the replay
// tests.
// A history of a released version is never recorded again: it stands for runs that may be in flight.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startTestStack } from '../support/stack.js';
import { prepareTemplates, SCENARIOS } from './scenarios.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

const run = promisify(execFile);
const HISTORIES = path.join(PACKAGE_ROOT, 'test/histories');

const stack = await startTestStack();
try {
  await prepareTemplates(stack);
  const wanted = process.argv.slice(2);
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const handle = await scenario(stack);
    await handle.result().catch(() => undefined);
    const args = [
      'workflow',
      'show',
      '--address',
      process.env.PHASEGATE_TEST_TEMPORAL ?? '',
      '--workflow-id',
      handle.workflowId,
      '--output',
      'json',
    ];
    const { stdout } = await run(process.env.TEMPORAL_CLI ?? 'temporal', args, { maxBuffer: 64 * 1024 * 1024 });
    await writeFile(path.join(HISTORIES, `${name}.json`), tidy(stdout));
    console.log(`recorded ${name}`);
  }
} finally {
  await stack.stop();
}

/** Paths and names of the recording machine have no place in the repository; the replay doesn't look at them. */
function tidy(history: string): string {
  const machine = new RegExp(`${process.pid}@[\\w.-]+`, 'g');
  return `${JSON.stringify(JSON.parse(history), null, 1).replace(machine, 'recorder').replaceAll(stack.repoPath, '/repository')}\n`;
}
