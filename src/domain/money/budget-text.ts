import type { RunStatus } from '../run-status.js';
import { formatUsd } from './show.js';
import { countedOf } from './usage.js';

/** What counts against the limits. It is more than the cost where the cost of a call is not known. */
export function budgetText({ usage, budget }: Pick<RunStatus, 'usage' | 'budget'>): string {
  const { microUsd, tokens } = countedOf(usage);
  const parts = [
    ...(budget.microUsd === null ? [] : [`${formatUsd(microUsd)} of ${formatUsd(budget.microUsd)}`]),
    ...(budget.tokens === null ? [] : [`${tokens} of ${budget.tokens} tokens`]),
  ];
  return parts.length === 0 ? '' : ` · budget ${parts.join(', ')}`;
}
