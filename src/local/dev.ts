// `npm run dev`: the local stack without a run, until Ctrl-C.
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.js';
import { nextSteps } from './next-steps.js';
import { runSession, untilStopped } from './processes/session.js';
import { release } from './stack-holder.js';
import { startStack } from './stack.js';
import { waitingRuns } from './waiting-runs.js';

await runSession(async (session) => {
  const dir = join(PACKAGE_ROOT, '.phasegate');
  const began = Date.now();
  session.onEnd.push(() => release(dir));
  console.log('Starting PostgreSQL, Temporal and a worker …');
  const stack = await startStack({ root: PACKAGE_ROOT, dir, reaper: session.reaper, kind: 'stays', say: console.log });
  session.codeWhenStopped = 0;
  console.log(`ready (after ${((Date.now() - began) / 1000).toFixed(1)} s)\n${stack.modelAbout}`);
  for (const line of await waitingRuns(stack.env)) console.log(line);
  console.log(await nextSteps(dir, stack.env, true));
  console.log('\nCtrl-C ends everything; the data stays in .phasegate/.');
  await Promise.race([untilStopped(session), stack.broken]);
  return 0;
});
