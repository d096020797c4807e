import { checkStart } from '../client/run/check-start.js';
import { readHolding } from './stack-holder.js';
import type { StartOptions } from './start-options.js';

/**
 * Finds mistakes in what a person asks for, before a stack is brought up for it.
 *
 * @param dir - `.phasegate`: a stack that is up has folders of templates of its own
 * @throws PhasegateError with the codes with which the run itself would fail
 */
export async function checkInput(options: StartOptions, dir: string): Promise<void> {
  const holding = readHolding(dir);
  const ready = holding.state === 'held' ? holding.holder.ready : null;
  await checkStart(options, { ...process.env, ...ready?.env });
}
