import type { ModelPrice } from '../template/backends.js';
import { addMoney, money, timesMoney, type Money } from './amount.js';

/** Tokens of one reply, as the provider counts them. */
export interface TokenCounts {
  /** All input, cached input included. */
  input: number;
  output: number;
  /** The part of the input that the provider had cached. */
  cached: number;
}

/** Exact cost. */
export interface Cost {
  inputMicroUsd: Money;
  outputMicroUsd: Money;
}

/**
 * What a reply costs, exactly. Cached input has its own price where the table gives one; otherwise it costs as much as
 * input (S23).
 *
 * @param price - null for a model without a price
 * @returns null for a model without a price: an unknown cost is not zero (S25)
 */
export function costOf(price: ModelPrice | null, tokens: TokenCounts): Cost | null {
  if (price === null) return null;
  const cached = Math.min(tokens.cached, tokens.input);
  return {
    inputMicroUsd: addMoney(
      costOfTokens(tokens.input - cached, price.inputPer1k),
      costOfTokens(cached, price.cachedInputPer1k ?? price.inputPer1k),
    ),
    outputMicroUsd: costOfTokens(tokens.output, price.outputPer1k),
  };
}

/** A price of one dollar for 1,000 tokens is the same as 1,000 micro-dollars for a token. */
function costOfTokens(tokens: number, usdPer1k: number): Money {
  return timesMoney(timesMoney(money(usdPer1k), 1_000), tokens);
}
