import { ActivatedRun } from './activated-run.js';
import { gate, outcome, plan } from './plans.js';

export const HOOK = { url: 'https://example.com/hook' };
export const GATED = plan([{ key: 'design', gates: [gate('lead')] }, { key: 'plan' }]);

/** A run whose first phase, `design`, is at work. */
export async function atWork(planned = GATED): Promise<ActivatedRun> {
  const run = await new ActivatedRun({ template: 't' }).start();
  return run.tell(run.completed('planRun', planned));
}

/** A run that waits at the gates of its first phase, `design`. */
export async function atGate(planned = GATED): Promise<ActivatedRun> {
  const run = await atWork(planned);
  return run.tell(run.completed('executePhase', outcome('design')));
}

/** A run that waits at the gates of its first phase, and whose signals take the way that they take in a worker. */
export async function atGateInWorker(planned = GATED): Promise<ActivatedRun> {
  const run = await new ActivatedRun({ template: 't' }, true).start();
  await run.tell(run.completed('planRun', planned));
  return run.tell(run.completed('executePhase', outcome('design')));
}

/** Kinds of the notices that were handed to `notify`. */
export function notices(run: ActivatedRun): string[] {
  return run.scheduled
    .filter(({ type }) => type === 'notify')
    .map(({ args: [, notice] }) => (notice as { kind: string }).kind);
}
