import { cut, PhasegateError } from '../failures.js';
import { isJsonObject } from '../text/json.js';
import type { DeliverWishes, DeliveryOrder } from './deliver.js';
import { waitFault } from './plan-deliver.js';

const TEXTS = { push: 100, title: 300, base: 250, waitForChecks: 20 } as const;
const FLAGS = ['draft', 'update', 'pushOnly'] as const;

/**
 * Reads the input of `deliverRun`. People may start that workflow with anything.
 *
 * @throws PhasegateError `input_invalid`
 */
export function readOrder(value: unknown): DeliveryOrder {
  if (!isJsonObject(value) || !isJsonObject(value.run)) throw invalid('give {"run": …, "wishes": {…}, "by": …}');
  const { runId, workflowId, executionRunId } = value.run;
  if (typeof runId !== 'string' || typeof workflowId !== 'string' || typeof executionRunId !== 'string')
    throw invalid('run needs runId, workflowId and executionRunId');
  const by = value.by ?? null;
  if (by !== null && (typeof by !== 'string' || by.length > 200)) throw invalid('by must be a name');
  return { run: { runId, workflowId, executionRunId }, wishes: readWishes(value.wishes ?? {}), by };
}

function readWishes(given: unknown): DeliverWishes {
  if (!isJsonObject(given)) throw invalid('wishes must be an object');
  const wishes: DeliverWishes = {};
  for (const [name, value] of Object.entries(given)) {
    const text = (Object.keys(TEXTS) as (keyof typeof TEXTS)[]).find((known) => known === name);
    const flag = FLAGS.find((known) => known === name);
    if (text && typeof value === 'string' && value.trim() !== '' && value.length <= TEXTS[text]) wishes[text] = value;
    else if (flag && typeof value === 'boolean') wishes[flag] = value;
    else throw invalid(`the wish ${JSON.stringify(cut(name, 60))} is not known, or not of its kind`);
  }
  const fault = wishes.waitForChecks === undefined ? null : waitFault(wishes.waitForChecks);
  if (fault !== null) throw invalid(`waitForChecks ${fault}`);
  return wishes;
}

function invalid(why: string): PhasegateError {
  return new PhasegateError('input_invalid', `the order of the delivery: ${why}`);
}
