import type { Usage } from './usage.js';
import { compareMoney, money, NO_MONEY, toUsd, type Money } from './amount.js';

const LEAST_SHOWN = money(100);

/**
 * Dollars with four decimals, because one call costs less than a cent: `$0.0123`. `<$0.0001` means less than can be
 * shown.
 */
export function formatUsd(amount: Money): string {
  const isSmall = compareMoney(amount, NO_MONEY) > 0 && compareMoney(amount, LEAST_SHOWN) < 0;
  return isSmall ? '<$0.0001' : `$${toUsd(amount).toFixed(4)}`;
}

/** The part of a usage that is shown as its cost: the known cost, and how many calls are not in it. */
type ShownCost = Pick<Usage, 'costMicroUsd' | 'unpricedCalls'>;

/** A cost as people read it: `$0.0123`, `$0.0123 and 2 calls of unknown price`, or `unknown` where nothing is known. */
export function formatCost({ costMicroUsd, unpricedCalls }: ShownCost): string {
  if (unpricedCalls === 0) return formatUsd(costMicroUsd);
  if (costMicroUsd === NO_MONEY) return `unknown (${callsOfUnknownPrice(unpricedCalls)})`;
  return `${formatUsd(costMicroUsd)} and ${callsOfUnknownPrice(unpricedCalls)}`;
}

/** A cost in dollars for programs. It is the sum of the calls whose cost is known; null when there are none. */
export function knownUsd({ costMicroUsd, unpricedCalls }: ShownCost): number | null {
  return unpricedCalls > 0 && costMicroUsd === NO_MONEY ? null : toUsd(costMicroUsd);
}

function callsOfUnknownPrice(calls: number): string {
  return calls === 1 ? '1 call of unknown price' : `${calls} calls of unknown price`;
}
