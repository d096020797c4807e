import type { ModelCall } from './model-call.js';

/** What model calls used. Money is whole micro-dollars (1 USD = 1,000,000). */
export interface Usage {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  /** Cost of the calls whose price is known. */
  costMicroUsd: number;
  /** Calls whose model has no price: they are not in `costMicroUsd` (S25). */
  unpricedCalls: number;
  /**
   * What counts against the budget beside the calls: the worst case of calls whose reply was lost with their worker, and what
   * was paid before a reset beyond the point of the reset.
   */
  sunkMicroUsd: number;
  sunkTokens: number;
}

/** Usage before the first call. */
export function noUsage(): Usage {
  return {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    costMicroUsd: 0,
    unpricedCalls: 0,
    sunkMicroUsd: 0,
    sunkTokens: 0,
  };
}

/** The sum of several usages. */
export function sumUsage(usages: readonly Usage[]): Usage {
  const total = noUsage();
  for (const usage of usages) {
    for (const key of Object.keys(total) as (keyof Usage)[]) total[key] += usage[key] ?? 0;
  }
  return total;
}

/** All tokens that count against a budget. */
export function budgetTokensOf({ inputTokens, outputTokens, sunkTokens }: Usage): number {
  return inputTokens + outputTokens + sunkTokens;
}

/** All money that counts against a budget, in micro-dollars. */
export function budgetMicroUsdOf({ costMicroUsd, sunkMicroUsd }: Usage): number {
  return costMicroUsd + sunkMicroUsd;
}

/** Micro-dollars as a number of dollars, for search attributes and people. */
export function toUsd(microUsd: number): number {
  return microUsd / 1_000_000;
}

/** Micro-dollars as text: `$0.0123`; four decimals, because one call costs less than a cent. */
export function formatUsd(microUsd: number): string {
  return `$${toUsd(microUsd).toFixed(4)}`;
}

/** Usage with one more model call in it. */
export function addCall(usage: Usage, call: ModelCall): Usage {
  const { costInputMicroUsd: input, costOutputMicroUsd: output } = call;
  const unpriced = call.status === 'ok' && (input === null || output === null);
  return {
    ...usage,
    calls: usage.calls + 1,
    inputTokens: usage.inputTokens + call.inputTokens,
    outputTokens: usage.outputTokens + call.outputTokens,
    cachedTokens: usage.cachedTokens + call.cachedTokens,
    reasoningTokens: usage.reasoningTokens + call.reasoningTokens,
    costMicroUsd: usage.costMicroUsd + (input ?? 0) + (output ?? 0),
    unpricedCalls: usage.unpricedCalls + (unpriced ? 1 : 0),
  };
}
