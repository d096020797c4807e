import type { Usage } from './usage.js';
import { toUsd, type Money } from './amount.js';

/**
 * Dollars with four decimals, because one call costs less than a cent: `$0.0123`; `<$0.0001` for less than can be
 * shown.
 */
export function formatUsd(microUsd: Money | number): string {
  const amount = Number(microUsd);
  return amount > 0 && amount < 100 ? '<$0.0001' : `$${(amount / 1_000_000).toFixed(4)}`;
}

/** What is shown of the cost of model calls. */
export interface ShownCost {
  microUsd: Money;
  /** Calls that are not in it, because nobody knows what they cost. */
  unpricedCalls: number;
}

/** A cost as people read it: `$0.0123`, `$0.0123 and 2 calls of unknown price`, or `unknown` where nothing is known. */
export function formatCost({ microUsd, unpricedCalls }: ShownCost): string {
  if (unpricedCalls === 0) return formatUsd(microUsd);
  if (Number(microUsd) === 0) return `unknown (${callsOfUnknownPrice(unpricedCalls)})`;
  return `${formatUsd(microUsd)} and ${callsOfUnknownPrice(unpricedCalls)}`;
}

/** A cost in dollars for programs: of the calls whose cost is known; null when none is. */
export function knownUsd({ microUsd, unpricedCalls }: ShownCost): number | null {
  return unpricedCalls > 0 && Number(microUsd) === 0 ? null : toUsd(microUsd);
}

/** The cost in a usage, to be shown. */
export function costOfUsage({ costMicroUsd, unpricedCalls }: Pick<Usage, 'costMicroUsd' | 'unpricedCalls'>): ShownCost {
  return { microUsd: costMicroUsd, unpricedCalls };
}

function callsOfUnknownPrice(calls: number): string {
  return calls === 1 ? '1 call of unknown price' : `${calls} calls of unknown price`;
}
