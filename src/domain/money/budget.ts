import type { ModelPrice } from '../template/backends.js';
import { addMoney, compareMoney, money, NO_MONEY, subtractMoney, type Money } from './amount.js';
import { costOf } from './pricing.js';

/** What may be used. Tokens are input and output together. null: without limit. */
export interface Limits {
  microUsd: Money | null;
  tokens: number | null;
}

/** What calls used, or what one call may use at most. That much is reserved before a call is started. */
export interface Reservation {
  microUsd: Money;
  tokens: number;
}

export const NOTHING: Reservation = { microUsd: NO_MONEY, tokens: 0 };

/** The sum of several reservations. */
export function addReservations(...reservations: readonly Reservation[]): Reservation {
  return {
    microUsd: addMoney(...reservations.map(({ microUsd }) => microUsd)),
    tokens: reservations.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

/** How much more `a` has than `b`, for money and for tokens; nothing where it has less. */
export function excessOf(a: Reservation, b: Reservation): Reservation {
  return { microUsd: leftOf(a.microUsd, b.microUsd), tokens: Math.max(0, a.tokens - b.tokens) };
}

/** What is left of an amount after another is taken away; nothing where the other is more. */
function leftOf(amount: Money, without: Money): Money {
  const left = subtractMoney(amount, without);
  return compareMoney(left, NO_MONEY) > 0 ? left : NO_MONEY;
}

/**
 * The most output tokens for a persona that names no limit, in runs with a budget. Without a limit there is no worst
 * case.
 */
export const DEFAULT_OUTPUT_CEILING = 16_384;

/** Fewest bytes of UTF-8 for one token. English and code have about 4, Chinese 3, random characters 2. */
const FEWEST_BYTES_PER_TOKEN = 2;

/** An upper estimate of a text's tokens, whatever the model. */
export function estimateTokens(text: string): number {
  return tokensOfBytes(new TextEncoder().encode(text).length);
}

/** The same for a text of so many bytes of UTF-8. */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / FEWEST_BYTES_PER_TOKEN);
}

/**
 * The worst case of a call.
 *
 * @param inputTokens - an upper estimate of its prompt's tokens
 * @param outputCeiling - the most tokens that it may answer
 * @param price - null for a model without a price: then only its tokens count
 */
export function reserve(inputTokens: number, outputCeiling: number, price: ModelPrice | null): Reservation {
  // as if nothing were cached, because that costs most
  const cost = costOf(price, { input: inputTokens, output: outputCeiling, cached: 0 });
  return {
    tokens: inputTokens + outputCeiling,
    microUsd: cost === null ? NO_MONEY : addMoney(cost.inputMicroUsd, cost.outputMicroUsd),
  };
}

/** Which limit a reservation would pass; null when it fits. */
export function exceeds(limits: Limits, used: Reservation, next: Reservation): 'microUsd' | 'tokens' | null {
  const { microUsd, tokens } = addReservations(used, next);
  if (limits.microUsd !== null && compareMoney(microUsd, limits.microUsd) > 0) return 'microUsd';
  if (limits.tokens !== null && tokens > limits.tokens) return 'tokens';
  return null;
}

/**
 * What a phase may use in its conversation: the rest of the run's budget, but no more than the phase's own share.
 *
 * @param run - the run's limits
 * @param spentElsewhere - what counts against them outside the conversation
 * @param phase - the phase's limits
 */
export function phaseLimits(run: Limits, spentElsewhere: Reservation, phase: Limits): Limits {
  const left = {
    microUsd: run.microUsd === null ? null : leftOf(run.microUsd, spentElsewhere.microUsd),
    tokens: run.tokens === null ? null : Math.max(0, run.tokens - spentElsewhere.tokens),
  };
  return {
    microUsd: smaller(left.microUsd, phase.microUsd, (a, b) => compareMoney(a, b) < 0),
    tokens: smaller(left.tokens, phase.tokens, (a, b) => a < b),
  };
}

/** Whether there is any limit at all. */
export function isLimited({ microUsd, tokens }: Limits): boolean {
  return microUsd !== null || tokens !== null;
}

function smaller<T>(a: T | null, b: T | null, isLess: (a: T, b: T) => boolean): T | null {
  return a === null ? b : b === null || isLess(a, b) ? a : b;
}

/** Limits as people write them. From here on money is in whole micro-dollars, which the mirror can keep. */
export function limitsOf({ budgetUsd, budgetTokens }: { budgetUsd?: number; budgetTokens?: number }): Limits {
  const microUsd = budgetUsd === undefined ? null : money(Math.round(budgetUsd * 1_000_000));
  return { microUsd, tokens: budgetTokens ?? null };
}

/** The limits of a run, and those of one of its phases. */
export interface Budgets {
  run: Limits;
  phase: Limits;
}

/**
 * The limits after a person allowed more for a phase. The limits are the run's, and the phase may use all of them: its
 * own share no longer counts. Only where the run has no limits and the phase has some, they are the phase's.
 *
 * @param now - the limits so far
 * @param planned - the limits that the run began with
 * @param given - the new limits; one that is null stays as it is
 * @param otherwise - what it means when no limit at all is given: as much again as was planned, or no change
 */
export function raisedBudgets(
  now: Budgets,
  planned: Limits,
  given: Limits,
  otherwise: 'as much again' | 'no more',
): Budgets {
  if (!isLimited(given) && otherwise === 'no more') return now;
  const isPhases = !isLimited(now.run) && isLimited(now.phase);
  const before = isPhases ? now.phase : now.run;
  const step = isPhases ? now.phase : planned;
  const after = isLimited(given)
    ? { microUsd: given.microUsd ?? before.microUsd, tokens: given.tokens ?? before.tokens }
    : {
        microUsd: again(before.microUsd, step.microUsd, addMoney),
        tokens: again(before.tokens, step.tokens, (a, b) => a + b),
      };
  return isPhases ? { run: now.run, phase: after } : { run: after, phase: { microUsd: null, tokens: null } };
}

/** As much again. For a limit that was first given while the run was under way, as much as was given first. */
function again<T>(before: T | null, planned: T | null, add: (a: T, b: T) => T): T | null {
  return before === null ? null : add(before, planned ?? before);
}

/** What is wrong with a limit that a person sends; null when nothing is. */
export function limitFault(field: 'budgetUsd' | 'budgetTokens', value: unknown): string | null {
  if (field === 'budgetUsd')
    return typeof value === 'number' && value > 0 && value <= 1_000_000
      ? null
      : 'budgetUsd must be a number above 0, at most 1000000';
  return Number.isSafeInteger(value) && (value as number) >= 1 ? null : 'budgetTokens must be a whole number from 1';
}
