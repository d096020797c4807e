import type { ModelPrice } from './backends.js';

/** Tokens of one reply, as the provider counts them. */
export interface TokenCounts {
  /** All input, cached input included. */
  input: number;
  output: number;
  /** The part of the input that the provider had cached. */
  cached: number;
}

/** Cost in whole micro-dollars. */
export interface Cost {
  inputMicroUsd: number;
  outputMicroUsd: number;
}

/**
 * What a reply costs, each side rounded to the nearest micro-dollar. Cached input has its own price where the table
 * gives one, and else costs what input costs (S23).
 *
 * @param price - null for a model without a price
 * @returns null for a model without a price: unknown is not free (S25)
 */
export function costOf(price: ModelPrice | null, tokens: TokenCounts): Cost | null {
  if (price === null) return null;
  const cached = Math.min(tokens.cached, tokens.input);
  const inputUsdPerMille = (tokens.input - cached) * price.inputPer1k + cached * (price.cachedInputPer1k ?? price.inputPer1k);
  return {
    inputMicroUsd: Math.round(inputUsdPerMille * MICRO_PER_MILLI),
    outputMicroUsd: Math.round(tokens.output * price.outputPer1k * MICRO_PER_MILLI),
  };
}

// prices are per 1,000 tokens: tokens × price is in thousandths of a dollar, of 1,000 micro-dollars each
const MICRO_PER_MILLI = 1_000;
